"""Register the fixtures of this checkout, which take precedence over an installed copy."""

# `pytest_plugins` cannot be used, because pytest has its own plugin named "fixtures"
from fixtures import *  # noqa: F403
