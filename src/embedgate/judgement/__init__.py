"""From a measurement to an outcome, and from outcomes to a verdict."""
