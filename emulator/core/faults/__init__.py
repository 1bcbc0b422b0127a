"""One fault a module; the registry by the name that users write."""
