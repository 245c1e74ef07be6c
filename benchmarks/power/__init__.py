"""Measure which faults and which sound retrains fail the gate, in simulated worlds."""
