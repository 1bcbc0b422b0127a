"""Entries: a request for several things at once, of which one may be refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from emulator.domain.errors import InvalidInput, UserError


class EntryRefused(UserError):
    """One of several things that were asked for together cannot be done; so none of them was."""

    def __init__(self, index: int, reason: UserError) -> None:
        super().__init__(f"entry {index + 1}: {reason.sentence}")
        self.index = index
        self.reason = reason
        self.status = reason.status


def entries_of(attributes: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """What stands in `entries`, None where nothing does. Raises InvalidInput for anything but objects."""
    entries = attributes.get("entries")
    if entries is None:
        return None
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise InvalidInput("several are asked for as a list of objects")
    return entries


@contextmanager
def entry(index: int) -> Iterator[None]:
    """Says which entry it was that could not be done. Raises EntryRefused."""
    try:
        yield
    except UserError as reason:
        raise EntryRefused(index, reason) from None
