"""Card: what a receiver tolerates, event type by event type, and how that looks."""
