"""A failing run reduced to the fewest events and faults that still fail."""
