"""Measurements, each beside its ceiling in the same run."""
