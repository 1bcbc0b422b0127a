"""The tree that a filter's text is read into. What it says is compiled from it; nothing here decides about rows."""

from dataclasses import dataclass
from enum import StrEnum


class Glob(StrEnum):
    """What a glob is held against."""

    EVENT = "event"
    TYPE = "type"
    RESOURCE = "resource"
    INTEGRATION = "integration"
    FAULT = "fault"


class Amount(StrEnum):
    """What has a size. Times are microseconds."""

    ATTEMPT = "attempt"
    NUMBER = "number"
    SENT = "sent"
    STATUS = "status"
    LATE = "late"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """One of these globs fits."""

    what: Glob
    globs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """From `least` to below `below`; None is no bound. What is not known is not within."""

    what: Amount
    least: int | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """One of these words of `status:` is true of it."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """It goes over this transport: `webhook`, `sqs` or `stomp`."""

    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouched:
    """No rule did anything to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBegins:
    """Its job's id begins so."""

    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What the row shows, or a body, holds this."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    term: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """All of them; of none, everything."""

    terms: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """At least one of them."""

    terms: "tuple[Node, ...]"


Node = Like | Within | Stands | Over | Untouched | JobBegins | Text | Not | Every | Some


def texts_of(node: Node) -> frozenset[str]:
    """Every text that is looked for, wherever in the tree."""
    match node:
        case Text():
            return frozenset({node.text})
        case Not():
            return texts_of(node.term)
        case Every() | Some():
            return frozenset().union(*map(texts_of, node.terms))
        case _:
            return frozenset()
