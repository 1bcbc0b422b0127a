"""MemoryShelves: the shop's resources in dictionaries; a peer of the journal's shelves, for tests and
simulations."""

from collections.abc import Iterable, Sequence
from itertools import islice

from emulator.domain.resource import Resource

_Group = tuple[str, str | None]


class MemoryShelves:
    """Implements the Shelves port. What is put under a key that is there already takes its place."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._by_key: dict[str, Resource] = {}
        self._by_id: dict[tuple[str, str], str] = {}
        self._made: dict[str, int] = {}
        self._living: dict[_Group, dict[str, None]] = {}
        self.put(resources)

    def put(self, resources: Iterable[Resource]) -> None:
        """Store them, in this order."""
        for resource in resources:
            if resource.key not in self._by_key:
                self._made[resource.type] = self._made.get(resource.type, 0) + (not resource.from_elsewhere)
                self._by_id[resource.type, resource.id] = resource.key
            self._by_key[resource.key] = resource
            for group in {(resource.type, None), (resource.type, resource.parent)}:
                keys = self._living.setdefault(group, {})
                if resource.deleted:
                    keys.pop(resource.key, None)
                else:
                    keys.setdefault(resource.key)

    def get(self, type: str, id: str) -> Resource | None:
        key = self._by_id.get((type, id))
        return None if key is None else self._by_key[key]

    def by_key(self, key: str) -> Resource | None:
        return self._by_key.get(key)

    def made(self, type: str) -> int:
        return self._made.get(type, 0)

    def page(
        self,
        type: str,
        *,
        parent: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = False,
    ) -> tuple[Sequence[Resource], int]:
        keys = self._living.get((type, parent), {})
        ordered = reversed(keys) if newest_first else iter(keys)
        return [self._by_key[key] for key in islice(ordered, offset, offset + limit)], len(keys)
