"""Overlay: the shelves as they will be when the commands of a batch so far are stored."""

from collections.abc import Iterator, Sequence
from itertools import islice

from emulator.domain.ports import Shelves
from emulator.domain.resource import Resource

_STRIDE = 100


class Overlay:
    """Implements the Shelves port over others, which it never changes."""

    def __init__(self, below: Shelves) -> None:
        self._below = below
        self._put: dict[str, Resource] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._new: dict[str, list[str]] = {}
        self._made: dict[str, int] = {}

    def put(self, resource: Resource, *, new: bool = False) -> None:
        """Lay it over what is below; `new` says that there was none of this key."""
        self._ids[resource.type, resource.id] = resource.key
        if new:
            self._new.setdefault(resource.type, []).append(resource.key)
            self._made[resource.type] = self._made.get(resource.type, 0) + (not resource.from_elsewhere)
        self._put[resource.key] = resource

    def get(self, type: str, id: str) -> Resource | None:
        key = self._ids.get((type, id))
        return self._put[key] if key is not None else self._below.get(type, id)

    def by_key(self, key: str) -> Resource | None:
        found = self._put.get(key)
        return found if found is not None else self._below.by_key(key)

    def made(self, type: str) -> int:
        return self._below.made(type) + self._made.get(type, 0)

    def page(
        self,
        type: str,
        *,
        parent: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = False,
    ) -> tuple[Sequence[Resource], int]:
        if not any(resource.type == type for resource in self._put.values()):
            return self._below.page(type, parent=parent, offset=offset, limit=limit, newest_first=newest_first)
        _, below = self._below.page(type, parent=parent, limit=1)
        gone = sum(
            1
            for key, resource in self._put.items()
            if resource.type == type
            and resource.deleted
            and (parent is None or resource.parent == parent)
            and (old := self._below.by_key(key)) is not None
            and not old.deleted
        )
        new = [
            resource
            for key in self._new.get(type, ())
            if not (resource := self._put[key]).deleted and (parent is None or resource.parent == parent)
        ]
        ordered = self._merged(type, parent, new, newest_first)
        return list(islice(ordered, offset, offset + limit)), below - gone + len(new)

    def _merged(self, type: str, parent: str | None, new: list[Resource], newest_first: bool) -> Iterator[Resource]:
        if newest_first:
            yield from reversed(new)
        start = 0
        while True:
            page, total = self._below.page(type, parent=parent, offset=start, limit=_STRIDE, newest_first=newest_first)
            for resource in page:
                now = self._put.get(resource.key, resource)
                if not now.deleted:
                    yield now
            start += len(page)
            if not page or start >= total:
                break
        if not newest_first:
            yield from new
