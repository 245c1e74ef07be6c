"""Find the cause of several results: each cause is a pure function of the evidence and the results."""
