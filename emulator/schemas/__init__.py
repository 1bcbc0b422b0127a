"""JSON Schemas of what messages carry, one file a resource and one an envelope, as data."""
