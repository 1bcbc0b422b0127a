"""Receivers to start from."""
