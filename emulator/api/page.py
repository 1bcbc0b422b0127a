"""Pages: `page[limit]` and `page[offset]`, and what the lists say about themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.api.refusal import ErrorEntry, Refusal, invalid, quoted
from emulator.api.schema import integer

DEFAULT_LIMIT = 25
"""Records a page has when nothing is asked for (the provider's default)."""
MAX_LIMIT = 100
"""The most records one page may have (the provider's maximum)."""
MAX_OFFSET = 1_000_000_000
"""Beyond this no list of ours reaches; it also keeps every offset within the database's integers."""
PAGE_PARAMETERS = {
    "page[limit]": integer("Records a page", minimum=1, maximum=MAX_LIMIT, default=DEFAULT_LIMIT),
    "page[offset]": integer("Records before this page", minimum=0, maximum=MAX_OFFSET, default=0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list; both counts are records, `offset` from zero."""

    offset: int = 0
    limit: int = DEFAULT_LIMIT

    def counts(self, total: int) -> dict[str, int]:
        """`limit`, `offset`, and as pages `current` (from 1) and `total`."""
        return {
            "limit": self.limit,
            "offset": self.offset,
            "current": self.offset // self.limit + 1,
            "total": -(-total // self.limit),
        }

    def meta(self, total: int) -> dict[str, Any]:
        """`meta` and `results` of the lists of integrations, jobs and logs, and of our own."""
        return {"meta": self.counts(total), "results": {"total": total}}


def page_of(query: Mapping[str, str], *, default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> Page:
    """The page that a query string asks for. Raises a 422, one entry per value that is wrong."""
    entries: list[ErrorEntry] = []
    limit = _number(query, "page[limit]", default, 1, most, entries)
    offset = _number(query, "page[offset]", 0, 0, MAX_OFFSET, entries)
    if entries:
        raise Refusal(*entries)
    return Page(offset=offset, limit=limit)


def _number(query: Mapping[str, str], name: str, default: int, least: int, most: int, entries: list[ErrorEntry]) -> int:
    text = query.get(name)
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
    if least <= number <= most:
        return number
    entries.append(invalid(name, f"{name} must be a whole number from {least} to {most}, not {quoted(text)}"))
    return default
