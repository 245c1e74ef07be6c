"""Drift detectors of other projects on the candidates of the benchmark, each in an environment of its own."""
