"""The registry of checks, one module a family. docs/checks.md is generated from it."""
