"""The simulated shop: resources, lifecycles, the events they raise and the envelopes around them."""
