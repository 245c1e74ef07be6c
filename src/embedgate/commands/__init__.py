"""The commands of `embedgate`, one module each: `add` tells its arguments, `run` does it."""
