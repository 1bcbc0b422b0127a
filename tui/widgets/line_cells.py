"""LineCells: the text and the style of each cell of a line."""

from collections.abc import Iterable, Sequence

from tui.desk import Desk
from tui.model.columns import Column
from tui.model.lines import Line, LineKind, Lines, Tree
from tui.model.row import Row
from tui.model.told import (
    SIGNS,
    answer_text,
    attempt_text,
    clock_text,
    status_text,
    took_text,
    via_text,
    what_happened,
)

Cell = tuple[str, str]
_GONE: Cell = ("", "quiet")


class LineCells:
    """Asks the session for what a line is about. In a tree, what is inside something is set in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(self, line: Line, columns: Sequence[Column], lines: Lines) -> Iterable[Cell]:
        """A text and a style's name for each of these columns."""
        tree = lines if isinstance(lines, Tree) else None
        row = self._desk.session.window.rows.get(line.number)
        if line.kind is LineKind.EVENT:
            cells = self._event(line, tree)
        elif row is None:
            cells = {}
        elif line.kind is LineKind.DELIVERY:
            cells = self._delivery(row, line, tree)
        else:
            cells = self._attempt(row, line)
        return [cells.get(column.name, _GONE) for column in columns]

    def _event(self, line: Line, tree: Tree | None) -> dict[str, Cell]:
        window = self._desk.session.window
        event = window.events.get(line.event)
        if event is None:
            return {}
        rows = [window.rows[number] for number in event.deliveries if number in window.rows]
        opened = tree is not None and tree.is_open(line)
        mark = (("v" if opened else ">") if self._desk.ascii_only else ("▾" if opened else "▸")) if rows else " "
        told = ", ".join(f"{self._mark(row)} {row.integration}" for row in rows) or "no deliveries; w says why"
        return {
            "time": (clock_text(event.at, self._desk.zone), "quiet"),
            "status": (f"{mark} {len(rows)}", "text" if rows else "warn"),
            "event": (event.key, "text"),
            "resource": (event.resource, "text"),
            "what": (told, "quiet" if rows else "warn"),
        }

    def _delivery(self, row: Row, line: Line, tree: Tree | None) -> dict[str, Cell]:
        session = self._desk.session
        style = SIGNS[row.state].style
        mark = self._mark(row)
        event = row.event_key
        if tree is not None:
            opened = tree.is_open(line)
            plain = self._desk.ascii_only
            fold = ("v" if opened else ">") if plain else ("▾" if opened else "▸")
            event = f"  {fold if row.arrivals else ' '} #{row.number}"
        return {
            "time": (clock_text(row.created_at, self._desk.zone), "quiet"),
            "status": (f"{mark} {status_text(row)}", style),
            "event": (event, "text"),
            "resource": (row.resource, "text"),
            "integration": (row.integration, "text"),
            "via": (via_text(session.transport(row.integration)), "quiet"),
            "attempt": (attempt_text(row), "warn" if row.attempt > 1 else "quiet"),
            "took": (took_text(row.latency), "quiet"),
            "what": (what_happened(row, session.window.now), "fault" if row.faults else style),
        }

    def _attempt(self, row: Row, line: Line) -> dict[str, Cell]:
        if line.attempt >= len(row.arrivals):
            return {}
        arrival = row.arrivals[line.attempt]
        good = arrival.succeeded
        mark = (
            ("+" if good else "~" if arrival.lost else "x")
            if self._desk.ascii_only
            else ("✓" if good else "↻" if arrival.lost else "✗")
        )
        again = f" copy {arrival.copy}" if arrival.copy else ""
        return {
            "time": (clock_text(arrival.at, self._desk.zone), "quiet"),
            "status": (f"{mark} {answer_text(arrival)}", "good" if good else "warn" if arrival.lost else "bad"),
            "event": (f"      attempt {arrival.attempt}{again}", "quiet"),
            "attempt": (str(arrival.attempt), "quiet"),
            "took": (took_text(arrival.latency), "quiet"),
            "what": ("acknowledgement lost" if arrival.lost else "", "fault"),
        }

    def _mark(self, row: Row) -> str:
        sign = SIGNS[row.state]
        return sign.plain if self._desk.ascii_only else sign.mark
