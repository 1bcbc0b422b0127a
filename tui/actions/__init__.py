"""What can be done with a row: each a small function that the keys, and others, call."""
