"""Does the gate stop what it should, and nothing else? Simulated worlds, sound retrains and faults."""
