"""The terms of the filter language: what each key before a colon takes."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from emulator.domain.catalog import CATALOG
from emulator.domain.errors import nearest
from tui.model.filter.amounts import counted, timed
from tui.model.filter.globs import matcher
from tui.model.filter.status import WORDS
from tui.model.filter.tree import Amount, Glob, JobBegins, Like, Node, Over, Some, Stands, Untouched, Within
from tui.model.filter.wrong import WrongFilter, shown

TYPES = frozenset(key.rpartition(".")[0] for key in CATALOG)
TRANSPORTS = ("webhook", "sqs", "stomp")
_TRANSPORT_WORDS = {**{word: word for word in TRANSPORTS}, "aws_sqs": "sqs"}
_CODE = re.compile(r"[1-5](?:\d\d|\dx|xx)", re.IGNORECASE)
_COMPARABLE = 60  # characters of a word that are held against those there are
_COMPARED = ("<", ">", "=")


class Part(NamedTuple):
    """One value of a term, and where it stands. `events` are keys that are known beside the catalog's."""

    key: str
    text: str
    position: int
    events: Collection[str] = ()


def term(key: str, values: list[Part]) -> Node:
    """The node of `key:value,value`: one of the values is enough. Raises WrongFilter."""
    read = TERMS[key]
    for part in values:
        if not part.text:
            raise WrongFilter(f"{key} lacks a value", part.position, 1, f"; write {EXAMPLES[key]}")
    nodes = tuple(read(part) for part in values)
    return nodes[0] if len(nodes) == 1 else Some(terms=nodes)


def _event(part: Part) -> Node:
    known = (*CATALOG, *part.events)
    if "_ext" not in part.text and not any(map(matcher(part.text), known)):
        what = f"'{shown(part.text)}' matches no event that can be observed"
        raise WrongFilter(what, part.position, len(part.text), _nearest(part, known))
    return Like(what=Glob.EVENT, globs=(part.text,))


def _type(part: Part) -> Node:
    known = TYPES | {key.rpartition(".")[0] for key in part.events}
    if "_ext" not in part.text and not any(map(matcher(part.text), known)):
        raise _no_value(part, known)
    return Like(what=Glob.TYPE, globs=(part.text,))


def _like(what: Glob) -> Callable[[Part], Node]:
    return lambda part: Like(what=what, globs=(part.text,))


def _fault(part: Part) -> Node:
    return Untouched() if part.text.lower() == "none" else Like(what=Glob.FAULT, globs=(part.text,))


def _status(part: Part) -> Node:
    word = part.text.lower()
    if word in WORDS:
        return Stands(word=word)
    if word.startswith(_COMPARED):
        bounds = counted("status", part.text, part.position)
        return Within(what=Amount.STATUS, least=bounds.least, below=bounds.below)
    if not _CODE.fullmatch(word):
        if word.isascii() and word[0].isdecimal():
            what = f"'{shown(part.text)}' is not an HTTP status"
            raise WrongFilter(what, part.position, len(part.text), "; write 500, 5xx or >=400")
        raise _no_value(part, WORDS)
    unknown = word.count("x")
    least = int(word.replace("x", "0"))
    return Within(what=Amount.STATUS, least=least, below=least + 10**unknown)


def _transport(part: Part) -> Node:
    word = _TRANSPORT_WORDS.get(part.text.lower())
    if word is None:
        raise _no_value(part, TRANSPORTS)
    return Over(transport=word)


def _job(part: Part) -> Node:
    return JobBegins(prefix=part.text.lower())


def _count(what: Amount) -> Callable[[Part], Node]:
    def read(part: Part) -> Node:
        bounds = counted(part.key, part.text, part.position)
        return Within(what=what, least=bounds.least, below=bounds.below)

    return read


def _time(what: Amount) -> Callable[[Part], Node]:
    def read(part: Part) -> Node:
        bounds = timed(part.key, part.text, part.position)
        return Within(what=what, least=bounds.least, below=bounds.below)

    return read


TERMS: Mapping[str, Callable[[Part], Node]] = {
    "event": _event,
    "type": _type,
    "resource": _like(Glob.RESOURCE),
    "integration": _like(Glob.INTEGRATION),
    "transport": _transport,
    "status": _status,
    "attempt": _count(Amount.ATTEMPT),
    "sent": _count(Amount.SENT),
    "late": _time(Amount.LATE),
    "latency": _time(Amount.LATENCY),
    "fault": _fault,
    "job": _job,
    "number": _count(Amount.NUMBER),
}
"""What reads the value of each key."""

EXAMPLES: Mapping[str, str] = {
    "event": "event:order.*",
    "type": "type:order",
    "resource": "resource:order:1",
    "integration": "integration:shop",
    "transport": "transport:webhook",
    "status": "status:failed",
    "attempt": "attempt:>1",
    "sent": "sent:>1",
    "late": "late:>5s",
    "latency": "latency:>200ms",
    "fault": "fault:*",
    "job": "job:5f3a",
    "number": "number:12",
}


def _no_value(part: Part, known: Iterable[str]) -> WrongFilter:
    """The key does not take this word."""
    what = f"{part.key} has no value '{shown(part.text)}'"
    return WrongFilter(what, part.position, len(part.text), _nearest(part, known))


def _nearest(part: Part, known: Iterable[str]) -> str:
    return nearest(part.text.lower()[:_COMPARABLE], known) or f"; write {EXAMPLES[part.key]}"


def unknown_key(key: str, word: str, position: int) -> WrongFilter:
    """There is no such key; what may have been meant."""
    if key in TYPES:
        hint = f"; did you mean 'resource:{shown(word)}'?"
    else:
        hint = nearest(key[:_COMPARABLE], TERMS) if len(key) > 1 else ""
        if not hint:
            hint = f'; put it in quotes to look for it as text: "{shown(word)}"'
    return WrongFilter(f"there is no '{shown(key)}:' to filter by", position, len(key) + 1, hint)
