"""Resources: whose deliveries there are, and what trouble each has had; kept up as rows change, a little at a time."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable

from tui.model.row import Row
from tui.model.timeline import LATE_AFTER
from tui.model.trouble import Trouble, troubles
from tui.model.window import Window

_FEW, _SEVERAL = 25, 1_000  # resources that are counted, and rows that are assigned, between two looks at the time


class Resources:
    """Told which rows have changed; the work is only done where somebody wants to look (`work`).

    `sorted` has those with the most trouble first, as of the last `sort`; it is `unsorted` when there is more to tell.
    Resources whose events nobody is sent are among them: they have no trouble.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._changed: set[int] = set()
        self._resource_of: dict[int, str] = {}
        self._numbers: dict[str, set[int]] = {}
        self._open: dict[str, None] = {}  # whose trouble has to be counted again
        self._known: dict[str, Trouble] = {}
        self._forgotten = 0
        self._unsent: tuple[int, str] = (0, "")  # what was there at the last `sort`
        self.sorted: list[Trouble] = []
        self.unsorted = False

    @property
    def working(self) -> bool:
        """Whether there is something that was not counted yet."""
        return (
            bool(self._changed or self._open)
            or self._forgotten != self._window.forgotten
            or (not self.unsorted and self._unsent != self._unsent_now())
        )

    def heard(self, changed: Collection[int]) -> None:
        """These rows are not as they were."""
        self._changed.update(changed)
        if len(self._changed) > 2 * self._window.capacity:  # nobody looks, and most of them are forgotten
            self._changed = {*self._window.rows, *self._resource_of}

    def rows_of(self, resource: str) -> list[Row]:
        """The deliveries of one resource's events that the window knows, in the order of their numbers."""
        rows = self._window.rows
        return [rows[number] for number in sorted(self._numbers.get(resource, ())) if number in rows]

    def work(self, seconds: float, clock: Callable[[], float] = time.perf_counter) -> bool:
        """Counts for about so long, in wall seconds; whether everything is counted."""
        until = clock() + seconds
        self._leave_forgotten()
        self.unsorted = self.unsorted or self._unsent != self._unsent_now()
        while self._changed and clock() < until:
            self._assign([self._changed.pop() for _ in range(min(_SEVERAL, len(self._changed)))])
        while self._open and clock() < until:
            for _ in range(min(_FEW, len(self._open))):
                resource = next(iter(self._open))
                del self._open[resource]
                self._count(resource)
        return not self.working

    def sort(self) -> None:
        """Puts them in order, as far as they are counted."""
        known = dict(self._known)
        for resource, count in Counter(event.resource for event in self._window.unsent.values()).items():
            found = known.get(resource) or Trouble(resource, 0, 0, 0, 0, 0)
            known[resource] = found._replace(events=found.events + count)
        self.sorted = sorted(known.values(), key=lambda trouble: (-trouble.total, trouble.resource))
        self._unsent = self._unsent_now()
        self.unsorted = False

    def _unsent_now(self) -> tuple[int, str]:
        """How many events nobody is sent, and the newest of them: something else when there are others."""
        unsent = self._window.unsent
        return len(unsent), next(reversed(unsent), "")

    def clear(self) -> None:
        """There are none."""
        for known in (self._changed, self._resource_of, self._numbers, self._open, self._known):
            known.clear()
        self._forgotten = 0
        self.sorted = []
        self.unsorted = True

    def _leave_forgotten(self) -> None:
        forgotten = self._window.forgotten
        if forgotten != self._forgotten:
            self._forgotten = forgotten
            for number in [number for number in self._resource_of if number <= forgotten]:
                self._leave(number)

    def _assign(self, changed: Iterable[int]) -> None:
        """Finds out whose these rows are."""
        rows = self._window.rows
        for number in changed:
            row = rows.get(number)
            if row is None:
                self._leave(number)
                continue
            if number not in self._resource_of:
                self._resource_of[number] = row.resource
                self._numbers.setdefault(row.resource, set()).add(number)
            self._open[row.resource] = None

    def _leave(self, number: int) -> None:
        resource = self._resource_of.pop(number, None)
        if resource is not None:
            self._numbers[resource].discard(number)
            self._open[resource] = None

    def _count(self, resource: str) -> None:
        self.unsorted = True
        rows = self.rows_of(resource)
        if not rows:
            self._numbers.pop(resource, None)
            self._known.pop(resource, None)
            return
        (self._known[resource],) = troubles(rows, late_after=LATE_AFTER)
