"""News: what the thread of a connection has to tell the event loop, many things at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An ERROR frame. `receipt` says which message it is about, unless the broker does not."""

    receipt: str | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """`written` counts the bytes of the outbox that have left."""

    receipts: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    written: int = 0
