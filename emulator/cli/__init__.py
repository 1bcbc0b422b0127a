"""The commands. Thin: they parse, call the harness, and print."""
