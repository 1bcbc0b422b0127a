"""Reel: what a journal's records changed, so that the window can show any moment between the first and the last."""

from bisect import bisect_right
from operator import attrgetter
from typing import NamedTuple

from emulator.domain.record import RecordKind
from tui.model.event_row import EventRow
from tui.model.row import Row
from tui.model.window import Change, Window

_AT = attrgetter("at")
_EVERY = 40_000  # changes from one still to the next: what is between costs no more than a key press may
_FAR = 5_000  # changes; beyond, beginning from a still is quicker than going there one by one


class Where(NamedTuple):
    """Which record is the newest that is shown, out of how many, and the moment. Microseconds; `since` the first."""

    record: int
    records: int
    at: int
    since: int
    length: int

    @property
    def share(self) -> float:
        """How much of the time has passed, from 0 to 1."""
        return self.since / self.length if self.length else 1.0


class _Still(NamedTuple):
    """All there was after so many changes."""

    place: int
    rows: dict[int, Row]
    events: dict[str, EventRow]


class Reel:
    """Told of every change that a window makes, in order; then moves that window to any moment.

    `place` is how many changes are in the window, and `at` the moment that it shows, microseconds: the newest change's
    time, or a later one at which nothing has happened. What the window has forgotten is not to be had any more at any
    moment, and the reel begins with what it still knows.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._stills: list[_Still] = [_Still(0, {}, {})]
        self._forgotten = window.forgotten
        self._most = _EVERY
        self.changes: list[Change] = []
        self.place = 0
        self.at = 0

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def at_end(self) -> bool:
        return self.place == len(self.changes)

    @property
    def forgotten(self) -> bool:
        """Whether there was more before the first moment that can be shown."""
        return self._window.forgotten > 0

    @property
    def where(self) -> Where:
        if not self.changes:
            return Where(0, 0, 0, 0, 0)
        first, last = self.changes[0], self.changes[-1]
        record = self.changes[self.place - 1].seq if self.place else first.seq - 1
        return Where(record, last.seq, self.at, self.at - first.at, last.at - first.at)

    def before(self, micros: int) -> list[Change]:
        """The changes of so long before the moment that is shown."""
        first = bisect_right(self.changes, self.at - micros, key=_AT)
        return self.changes[first : self.place]

    def tell(self, change: Change) -> None:
        """One more change, which the window has just made; the window has to be at the end."""
        self.changes.append(change)
        self.place = len(self.changes)
        self.at = max(self.at, change.at)
        if self.place - self._stills[-1].place >= _EVERY:
            self._stills.append(_Still(self.place, dict(self._window.rows), dict(self._window.events)))
        if self.place > self._most:
            self._let_go()
            self._most = 2 * len(self.changes) + _EVERY

    def to(self, place: int) -> None:
        """To where so many changes have been made, or to the nearest end."""
        place = self._move(place)
        if self.changes:
            self._stand(self.changes[max(0, place - 1)].at)

    def to_moment(self, at: int) -> None:
        """To a moment, or to the nearest end: all that has happened until then, and then itself, is there."""
        self._let_go()
        if not self.changes:
            return
        at = min(max(at, self.changes[0].at), self.changes[-1].at)
        self._move(bisect_right(self.changes, at, key=_AT))
        self._stand(at)

    def to_record(self, seq: int) -> None:
        """To where this record is the newest, or what is before it where it is not known."""
        self._let_go()
        self.to(bisect_right(self.changes, seq, key=attrgetter("seq")))

    def step(self, by: int) -> None:
        """So many records on, or back where that is less than 0."""
        self._let_go()
        self.to(self.place + by)

    def step_event(self, by: int) -> None:
        """To the next event that happened, or to the one before where `by` is less than 0; else to that end."""
        self._let_go()
        place = self.place + by
        while 0 < place <= len(self.changes) and self.changes[place - 1].kind is not RecordKind.EVENT:
            place += by
        self.to(place)

    def pass_time(self, micros: int) -> None:
        """So much later, or earlier where that is less than 0."""
        self.to_moment(self.at + micros)

    def clear(self) -> None:
        """Nothing has happened."""
        self.changes.clear()
        self._stills = [_Still(0, {}, {})]
        self._forgotten = 0
        self._most = _EVERY
        self.place = self.at = 0

    def _move(self, place: int) -> int:
        self._let_go()
        window, changes = self._window, self.changes
        place = min(max(0, place), len(changes))
        still = min(self._stills, key=lambda still: abs(still.place - place))
        if abs(self.place - place) > abs(still.place - place) + _FAR:
            window.restore(still.rows, still.events)
            self.place = still.place
        while self.place < place:
            window.put(changes[self.place])
            self.place += 1
        while self.place > place:
            self.place -= 1
            window.undo(changes[self.place])
        return place

    def _stand(self, at: int) -> None:
        self.at = at
        self._window.stand(at, self.changes[self.place - 1].seq if self.place else 0)

    def _let_go(self) -> None:
        """Leaves out what the window has forgotten. It only forgets at the end."""
        window = self._window
        if window.forgotten == self._forgotten:
            return
        self._forgotten = forgotten = window.forgotten
        events = window.events
        kept: list[Change] = []
        before = [0]  # of so many changes: how many are kept
        for change in self.changes:
            if change.event is not None and change.event not in events:
                change = change._replace(event=None, event_before=None, event_after=None)
            if 0 < change.number <= forgotten:
                change = change._replace(number=0, before=None, after=None)
                gone = change.event is None
            else:
                gone = change.kind is RecordKind.EVENT and change.event is None
            gone = gone or (not kept and not change.number and change.event is None)
            if not gone:
                kept.append(change)
            before.append(len(kept))
        self._stills = [
            _Still(
                before[still.place],
                {number: row for number, row in still.rows.items() if number > forgotten},
                {identity: event for identity, event in still.events.items() if identity in events},
            )
            for still in self._stills
        ]
        self.changes = kept
        self.place = len(kept)
