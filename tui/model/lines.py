"""Lines: what the table of deliveries has from top to bottom, as a list of deliveries or as a tree of events."""

from bisect import bisect_left
from enum import StrEnum
from typing import NamedTuple, Protocol

from emulator.domain.delivery import DeliveryState
from tui.model.event_row import EventRow
from tui.model.row import Row
from tui.model.view import Matches, View
from tui.model.window import Window


class LineKind(StrEnum):
    EVENT = "event"
    DELIVERY = "delivery"
    ATTEMPT = "attempt"


class Line(NamedTuple):
    """One line: an event by its identity, a delivery by its number, an attempt by its place among its delivery's."""

    kind: LineKind
    event: str = ""
    number: int = 0
    attempt: int = 0


class Lines(Protocol):
    """Asked for lines by place; cheap however many there are."""

    def __len__(self) -> int: ...

    def at(self, place: int) -> Line: ...

    def place_of(self, line: Line) -> int | None:
        """Where this line is now, or what is nearest to it; None where there are no lines."""
        ...


class Flat:
    """The deliveries of a view."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __len__(self) -> int:
        return len(self._view.numbers)

    def at(self, place: int) -> Line:
        return Line(LineKind.DELIVERY, number=self._view.numbers[place])

    def place_of(self, line: Line) -> int | None:
        return self._view.nearest(line.number)


class Tree:
    """Events, in the order in which they happened; opened ones with their deliveries, and these with their attempts.

    Of a filtered view only events that have deliveries in it, and those without any that the filter fits.
    """

    def __init__(self, window: Window, view: View) -> None:
        self._window = window
        self._view = view
        self._open_events: set[str] = set()
        self._open_deliveries: set[int] = set()
        self._events: list[str] = []
        self._places: list[int] = []  # among the lines, of the events that are open
        self._inside: list[tuple[int, list[Line]]] = []  # of these: which event it is, and what is inside
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def at(self, place: int) -> Line:
        index = bisect_left(self._places, place + 1) - 1  # the last open event at or before this place
        if index < 0:
            return Line(LineKind.EVENT, event=self._events[place])
        event, inside = self._inside[index]
        within = place - self._places[index]
        if within == 0:
            return Line(LineKind.EVENT, event=self._events[event])
        if within <= len(inside):
            return inside[within - 1]
        return Line(LineKind.EVENT, event=self._events[event + within - len(inside)])

    def place_of(self, line: Line) -> int | None:
        if not self._length:
            return None
        row = self._window.rows.get(line.number)
        identity = line.event or (row.event if row is not None else "")
        try:
            event = self._events.index(identity)
        except ValueError:
            return self._length - 1
        place = event
        for start, (index, inside) in zip(self._places, self._inside, strict=True):
            if index < event:
                place += len(inside)
            elif index == event and line in inside:
                return start + 1 + inside.index(line)
        return place

    def toggle(self, line: Line) -> None:
        """Opens or closes an event or a delivery."""
        if line.kind is LineKind.EVENT:
            self._open_events ^= {line.event}
        elif line.kind is LineKind.DELIVERY:
            self._open_deliveries ^= {line.number}

    def is_open(self, line: Line) -> bool:
        return line.event in self._open_events if line.kind is LineKind.EVENT else line.number in self._open_deliveries

    def open_all(self, *, opened: bool) -> None:
        """Every event, or none."""
        self._open_events = set(self._window.events) if opened else set()
        self._open_deliveries = set()

    def look(self, matches: Matches | None) -> None:
        """Puts the lines together anew; `matches` is the view's filter."""
        window, rows = self._window, self._window.rows
        shown = {rows[number].event for number in self._view.numbers if number in rows}
        self._events = [
            event.identity
            for event in sorted(window.events.values(), key=lambda event: event.at)
            if event.identity in shown or (not event.deliveries and (matches is None or matches(undelivered(event))))
        ]
        self._places, self._inside = [], []
        place = 0
        for index, identity in enumerate(self._events):
            if identity in self._open_events:
                inside = self._lines_in(window.events[identity])
                self._places.append(place)
                self._inside.append((index, inside))
                place += len(inside)
            place += 1
        self._length = place

    def _lines_in(self, event: EventRow) -> list[Line]:
        lines = []
        for number in event.deliveries:
            row = self._window.rows.get(number)
            if row is None:
                continue
            lines.append(Line(LineKind.DELIVERY, event.identity, number))
            if number in self._open_deliveries:
                lines += [Line(LineKind.ATTEMPT, event.identity, number, nth) for nth in range(len(row.arrivals))]
        return lines


def undelivered(event: EventRow) -> Row:
    """An event that nobody is sent, as a row for a filter to look at."""
    return Row(
        number=0,
        event=event.identity,
        event_key=event.key,
        resource=event.resource,
        integration="",
        job=0,
        job_id="",
        created_at=event.at,
        state=DeliveryState.DROPPED,
    )
