"""Registers this checkout's fixtures; they win over an installed copy."""

pytest_plugins = ["fixtures"]
