"""One adapter a module: webhook and memory. Each sends and answers with an outcome."""
