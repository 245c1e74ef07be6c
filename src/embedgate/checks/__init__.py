"""The registry of checks, one module per family. docs/checks.md is generated from it."""
