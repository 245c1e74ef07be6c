"""quality_checks.toml: its tables and keys, their types, and how the file is read and validated."""
