"""The terminal dashboard: a view over the feed or over a saved journal."""
