"""Driving an emulator from outside: clients and an in-process runner."""
