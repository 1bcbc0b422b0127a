"""A small STOMP broker for developers, on loopback, on the emulator's own event loop."""
