"""LineCells: the text and the style of each cell of a line."""

from collections.abc import Iterable, Sequence

from tui.desk import Desk
from tui.model.clock_text import clock_text
from tui.model.columns import Column
from tui.model.lines import Line, LineKind, Lines, Tree
from tui.model.row import Row
from tui.model.sign import Style
from tui.model.told import answer_text, attempt_text, latency_text, sign_of, sign_of_arrival, told

Cell = tuple[str, str]
_GONE: Cell = ("", Style.QUIET)
TEXT = "text"


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
        window, plain = self._desk.session.window, self._desk.ascii_only
        event = window.events.get(line.event)
        if event is None:
            return {}
        rows = [window.rows[number] for number in event.deliveries if number in window.rows]
        fold = self._fold(line, tree) if rows else " "
        said = ", ".join(f"{sign_of(row).shown(ascii_only=plain)} {row.integration}" for row in rows)
        return {
            "time": (clock_text(event.at, self._desk.zone), Style.QUIET),
            "status": (f"{fold} {len(rows)}", TEXT if rows else Style.WARN),
            "event": (event.key, TEXT),
            "resource": (event.resource, TEXT),
            "what": (said or "no deliveries; w says why", Style.QUIET if rows else Style.WARN),
        }

    def _delivery(self, row: Row, line: Line, tree: Tree | None) -> dict[str, Cell]:
        session = self._desk.session
        said = told(
            row,
            now=session.window.now,
            transport=session.transport(row.integration),
            zone=self._desk.zone,
            ascii_only=self._desk.ascii_only,
        )
        inside = None if tree is None else f"  {self._fold(line, tree) if row.arrivals else ' '} #{row.number}"
        what = "; ".join(part for part in (said.remark, said.fault) if part)
        return {
            "time": (said.time, Style.QUIET),
            "status": (f"{said.sign} {said.status}", said.style),
            "event": (inside or said.event, TEXT),
            "resource": (said.resource, TEXT),
            "integration": (said.integration, TEXT),
            "via": (said.transport, Style.QUIET),
            "attempt": (said.attempt, Style.WARN if row.attempt > 1 else Style.QUIET),
            "took": (said.latency, Style.QUIET),
            "what": (what, Style.FAULT if row.faults else said.style),
        }

    def _attempt(self, row: Row, line: Line) -> dict[str, Cell]:
        if line.attempt >= len(row.arrivals):
            return {}
        arrival = row.arrivals[line.attempt]
        sign = sign_of_arrival(arrival)
        mark = sign.shown(ascii_only=self._desk.ascii_only)
        return {
            "time": (clock_text(arrival.at, self._desk.zone), Style.QUIET),
            "status": (f"{mark} {answer_text(arrival)}", sign.style),
            "event": (f"      attempt {attempt_text(arrival.attempt, arrival.copy)}", Style.QUIET),
            "attempt": (attempt_text(arrival.attempt, arrival.copy), Style.QUIET),
            "took": (latency_text(arrival.latency), Style.QUIET),
            "what": ("acknowledgement lost (injected)" if arrival.lost else "", Style.FAULT),
        }

    def _fold(self, line: Line, tree: Tree | None) -> str:
        opened = tree is not None and tree.is_open(line)
        if self._desk.ascii_only:
            return "v" if opened else ">"
        return "▾" if opened else "▸"
