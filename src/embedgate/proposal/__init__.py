"""Propose a quality_checks.toml: pure functions of playlists, keys and tables, which never read a vector."""
