"""The commands of `embedgate`, one module each: `add` declares the arguments, `run` executes the command."""
