"""LaggingShelves: the shop as readers see it who are a consistency lag behind."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from emulator.domain.resource import Resource
from emulator.runtime.journal.shelves import JournalShelves

_MOST = 10_000
"""Former versions that are kept. A busier shop shows its oldest changes early, before it takes all memory."""


class _Former(NamedTuple):
    """What a reader sees of a resource before `until`; None where it was not there yet."""

    until: int
    type: str
    version: Resource | None

    @property
    def shown(self) -> bool:
        """Whether it is in lists."""
        return self.version is not None and not self.version.deleted


class LaggingShelves:
    """Implements the Shelves port over the journal's, whose resources it shows as they were `lag` microseconds of
    emulated time ago. Without a lag it shows them as they are.

    It lives in memory: after a restart everything is seen as it is.
    """

    def __init__(self, below: JournalShelves, *, lag: int, now: Callable[[], int]) -> None:
        self._below = below
        self._lag = lag
        self._now = now
        self._former: dict[str, deque[_Former]] = {}
        self._order: deque[tuple[int, str]] = deque()

    def keep(self, resources: Iterable[Resource]) -> None:
        """These take the place of what is there; to be told before they do.

        What has been in the shop since long before it was first looked at is no change: nobody waits for it.
        """
        if not self._lag:
            return
        now = self._now()
        until = now + self._lag
        for resource in resources:
            former = self._below.by_key(resource.key)
            if former is None and resource.created_at + self._lag <= now:
                continue
            self._former.setdefault(resource.key, deque()).append(_Former(until, resource.type, former))
            self._order.append((until, resource.key))
        self._forget()

    def clear(self) -> None:
        """Everything was erased."""
        self._former.clear()
        self._order.clear()

    def get(self, type: str, id: str) -> Resource | None:
        current = self._below.get(type, id)
        return None if current is None else self._seen(current)

    def by_key(self, key: str) -> Resource | None:
        current = self._below.by_key(key)
        return None if current is None else self._seen(current)

    def made(self, type: str) -> int:
        return self._below.made(type)

    def page(
        self,
        type: str,
        *,
        parent: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = False,
    ) -> tuple[Sequence[Resource], int]:
        self._forget()
        former = {key: versions[0] for key, versions in self._former.items() if versions[0].type == type}
        found, total = self._below.page(
            type,
            parent=parent,
            offset=offset,
            limit=limit,
            newest_first=newest_first,
            without=[key for key, one in former.items() if not one.shown],
            deleted=[key for key, one in former.items() if one.shown],
        )
        return [former[each.key].version or each if each.key in former else each for each in found], total

    def _seen(self, current: Resource) -> Resource | None:
        self._forget()
        versions = self._former.get(current.key)
        return current if versions is None else versions[0].version

    def _forget(self) -> None:
        """What nobody can see any more."""
        now = self._now()
        while self._order and (self._order[0][0] <= now or len(self._order) > _MOST):
            _, key = self._order.popleft()
            versions = self._former[key]
            versions.popleft()
            if not versions:
                del self._former[key]
