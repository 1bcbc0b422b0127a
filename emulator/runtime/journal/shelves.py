"""The shop's resources, read from the journal behind a bounded cache of what was asked for last."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence

from emulator.domain.resource import Resource
from emulator.runtime.journal import codec
from emulator.runtime.journal.codec import dump
from emulator.runtime.journal.reading import Connection
from emulator.runtime.journal.tallies import Tally

_SELECT = f"SELECT {codec.RESOURCE_COLUMNS} FROM resources"


class JournalShelves:
    """Implements `ports.Shelves`. At most `capacity` keys are kept in memory, those without a resource among them.

    Every look into the file lets the writer have the interpreter, which may keep it for milliseconds; so how many there
    have ever been is counted here, too. `under_way` are the transactions that may or may not be durable yet.
    """

    def __init__(self, connection: Connection, *, capacity: int = 1_000) -> None:
        self._db = connection
        self._capacity = capacity
        self._by_key: OrderedDict[str, Resource | None] = OrderedDict()
        self._keys: dict[tuple[str, str], str] = {}
        self._made: dict[str, int] = {}
        self.under_way = 0

    def get(self, type: str, id: str) -> Resource | None:
        key = self._keys.get((type, id))
        if key is not None:
            return self._used(key)
        return self._find("WHERE id = ? AND type = ?", id, type)

    def by_key(self, key: str) -> Resource | None:
        if key in self._by_key:
            return self._used(key)
        found = self._find("WHERE key = ?", key)
        if found is None:
            self._keep(key, None)
        return found

    def made(self, type: str) -> int:
        made = self._made.get(type)
        if made is None:
            made = self._db.tally(Tally.MADE, type)
            if not self.under_way:
                self._made[type] = made
        return made

    def page(
        self,
        type: str,
        *,
        parent: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = False,
        without: Collection[str] = (),
        deleted: Collection[str] = (),
    ) -> tuple[Sequence[Resource], int]:
        """As the port says; but `without` these keys, and those of these that are `deleted` as if they were not."""
        order = "DESC" if newest_first else "ASC"
        where, values = "WHERE type = ? AND deleted = 0", [type]
        if deleted:
            where = "WHERE type = ? AND (deleted = 0 OR key IN (SELECT value FROM json_each(?)))"
            values.append(dump([*deleted]))
        if without:
            where += " AND key NOT IN (SELECT value FROM json_each(?))"
            values.append(dump([*without]))
        if parent is not None:
            where += " AND parent = ?"
            values.append(parent)
        if len(values) == 1:
            total = self._db.tally(Tally.LIVE, type)
        else:
            total = self._db.number(f"SELECT count(*) FROM resources {where}", values)
        rows = self._db.all(f"{_SELECT} {where} ORDER BY number {order} LIMIT ? OFFSET ?", (*values, limit, offset))
        return [codec.to_resource(row) for row in rows], total

    def put(self, resources: Iterable[Resource], new: Collection[str] = ()) -> None:
        """These are durable now; those that are `new`, by their keys, were not there before."""
        for resource in resources:
            if self._by_key.get(resource.key) is None and not resource.from_elsewhere:
                self._count(resource.type, new=resource.key in new)
            self._remember(resource)

    def _count(self, type: str, *, new: bool) -> None:
        """One that is new, or of which the file alone knows whether it was there."""
        if new and type in self._made:
            self._made[type] += 1
        else:
            self._made.pop(type, None)

    def clear(self) -> None:
        """Everything was erased."""
        self._by_key.clear()
        self._keys.clear()
        self._made.clear()

    def _used(self, key: str) -> Resource | None:
        self._by_key.move_to_end(key)
        return self._by_key[key]

    def _find(self, where: str, *values: str) -> Resource | None:
        row = self._db.one(f"{_SELECT} {where}", values)
        if row is None:
            return None
        resource = codec.to_resource(row)
        self._remember(resource)
        return resource

    def _remember(self, resource: Resource) -> None:
        self._keep(resource.key, resource)
        self._keys[resource.type, resource.id] = resource.key

    def _keep(self, key: str, resource: Resource | None) -> None:
        self._forget(key)
        self._by_key[key] = resource
        while len(self._by_key) > self._capacity:
            self._forget(next(iter(self._by_key)))

    def _forget(self, key: str) -> None:
        old = self._by_key.pop(key, None)
        if old is not None:
            self._keys.pop((old.type, old.id), None)
