"""Scenarios that ship with the emulator."""
