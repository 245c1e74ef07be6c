"""Pure functions: material in, a frozen Measurement out."""
