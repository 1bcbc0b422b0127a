"""Limits: how long the transport waits for a broker, and how much it hands over at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds, but for `window`."""

    receipt: float = 30.0
    """From handing a message over to its receipt; then the attempt has failed."""
    connect: float = 10.0
    """For each address: looking up its name, and then connecting, the TLS handshake and CONNECTED together."""
    heart_beat: float = 10.0
    """What we offer to send, and ask for; the broker may agree on less."""
    idle: float = 60.0
    """Without a message; then the connection is closed."""
    goodbye: float = 2.0
    """For the broker's answer to DISCONNECT."""
    window: int = 256
    """How many messages of one integration may be without a receipt."""
