"""The nouns: frozen values and the ports between them. No I/O, no clock, no randomness."""
