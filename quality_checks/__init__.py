"""The checks of a model. Run them with `pytest quality_checks`."""
