"""Receivers that survive whatever the provider says may happen."""
