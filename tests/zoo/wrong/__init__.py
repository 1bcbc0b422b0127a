"""Receivers that work until something goes wrong on the way."""
