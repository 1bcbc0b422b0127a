"""The HTTP surfaces: EPCC's own, and the control API. Parses and renders at the edge."""
