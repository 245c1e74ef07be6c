"""The checks: is the model good? Run them with `pytest quality_checks`."""
