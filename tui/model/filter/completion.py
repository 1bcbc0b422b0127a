"""Completion: what may stand where the cursor is, in the filter's input line."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from emulator.core.faults import FAULTS
from emulator.domain.catalog import CATALOG
from tui.model.filter.status import WORDS
from tui.model.filter.terms import TERMS, TRANSPORTS, TYPES

_MOST = 50
_BEFORE = re.compile(r'[^\s()&|"]*\Z')
_NEEDS_QUOTES = re.compile(r'[\s()&|",]')
_WILD = re.compile(r"[*?\[]")
_AMOUNTS = {
    "attempt": (">1", ">2", "1"),
    "sent": (">1", "0", "1"),
    "late": (">1s", ">5s", ">1m", ">10m"),
    "latency": (">100ms", ">1s", ">10s"),
}
_CODES = ("2xx", "4xx", "5xx", ">=400")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What is known beside the language itself. `events` are keys that were seen, beside the catalog's."""

    events: Collection[str] = ()
    resources: Collection[str] = ()
    integrations: Collection[str] = ()
    rules: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completions:
    """What stands from `start` to `end` may become any of `words`, the likeliest first."""

    start: int
    end: int
    words: tuple[str, ...]


def completions(text: str, cursor: int, vocabulary: Vocabulary) -> Completions:
    """Keys where a term begins, values where a key stands; none within quoted text."""
    cursor = max(0, min(cursor, len(text)))
    before = text[:cursor]
    if _within_quotes(before):
        return Completions(start=cursor, end=cursor, words=())
    found = _BEFORE.search(before)
    word = found[0] if found else ""
    while word.startswith("!"):
        word = word[1:]
    key, colon, value = word.partition(":")
    if not colon:
        return Completions(start=cursor - len(word), end=cursor, words=_fitting(word, (f"{key}:" for key in TERMS)))
    value = value.rpartition(",")[2]
    known = map(_quoted, _values(key.lower(), vocabulary))
    return Completions(start=cursor - len(value), end=cursor, words=_fitting(value, known))


def _values(key: str, vocabulary: Vocabulary) -> Iterable[str]:
    match key:
        case "event":
            kinds = {f"{name.rpartition('.')[0]}.*" for name in (*CATALOG, *vocabulary.events)}
            return (*sorted({*vocabulary.events}), *sorted(kinds), *sorted(CATALOG))
        case "type":
            return sorted(TYPES | {name.rpartition(".")[0] for name in vocabulary.events})
        case "resource":
            return map(_literal, vocabulary.resources)
        case "integration":
            return map(_literal, sorted(vocabulary.integrations))
        case "transport":
            return TRANSPORTS
        case "status":
            return (*WORDS, *_CODES)
        case "fault":
            return ("*", "none", *map(_literal, sorted(vocabulary.rules)), *FAULTS)
        case _:
            return _AMOUNTS.get(key, ())


def _fitting(begun: str, words: Iterable[str]) -> tuple[str, ...]:
    """Those that begin so, then those that hold it; what is complete already is no completion."""
    wanted = begun.lower().lstrip('"')
    known = [word for word in dict.fromkeys(words) if word != begun]
    first = [word for word in known if word.lower().lstrip('"').startswith(wanted)]
    others = [word for word in known if wanted in word.lower() and word not in first]
    return tuple((first + others)[:_MOST])


def _literal(name: str) -> str:
    """A glob that only this name fits."""
    return _WILD.sub(r"[\g<0>]", name)


def _quoted(word: str) -> str:
    if not _NEEDS_QUOTES.search(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _within_quotes(text: str) -> bool:
    """Whether a quote is open at its end."""
    is_open = skip = False
    for character in text:
        if skip:
            skip = False
        elif is_open and character == "\\":
            skip = True
        elif character == '"':
            is_open = not is_open
    return is_open
