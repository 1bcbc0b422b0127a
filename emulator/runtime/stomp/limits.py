"""Limits: how much of everything the broker takes before it says no."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every bound of the broker. Sizes in bytes, times in seconds unless the name says otherwise."""

    body_bytes: int = 10 * MIB
    headers: int = 1_000
    """Header lines of one frame; ActiveMQ's own bound."""
    header_line_chars: int = 10 * KIB
    """ActiveMQ's own bound for one line."""
    head_bytes: int = 128 * KIB
    """A frame's command and headers together."""

    memory_bytes: int = 256 * MIB
    """Everything kept at one time: messages, open transactions, frames that are not complete yet."""
    queues: int = 10_000
    queue_messages: int = 250_000

    connections: int = 500
    subscriptions: int = 1_000
    """Of one connection."""
    transactions: int = 100
    """Open ones of one connection."""
    transaction_bytes: int = 32 * MIB
    """All open transactions of one connection together."""

    backlog_messages: int = 10_000
    """What waits for one topic subscriber before it counts as too slow."""
    backlog_bytes: int = 16 * MIB
    write_buffer_bytes: int = MIB
    """What one connection's peer may leave unread before nothing more is dispatched to it."""

    connect_seconds: float = 10.0
    """How long a connection may take until it has sent CONNECT."""
    linger_seconds: float = 1.0
    """How long a connection that was ended with an ERROR stays open for its peer to read it."""
    least_heart_beat_ms: int = 100
    heart_beat_grace: float = 2.0
    """How many times the agreed interval a silent peer is given."""
