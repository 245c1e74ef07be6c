"""Registers this checkout's fixtures; they win over an installed copy."""

# not by `pytest_plugins`: pytest has a plugin of its own that is called "fixtures"
from fixtures import *  # noqa: F403
