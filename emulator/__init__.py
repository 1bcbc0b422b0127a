"""A local emulator of Elastic Path Commerce Cloud's integrations, and a harness for their receivers."""
