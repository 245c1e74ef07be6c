"""Turn measurements into outcomes, and outcomes into a verdict."""
