"""Delivered: whether what a test expects of deliveries is so, and if not, what there was instead. Pure over rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from emulator.domain.moment import format_duration, parse_instant

_LISTED = 20
_AT_ONCE = 1_000  # microseconds

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries are meant: `event` is a key or a glob, `resource` an id or key, `integration` a key."""

    event: str
    resource: str | None = None
    integration: str | None = None

    def covers(self, row: Row) -> bool:
        return (
            fnmatchcase(row["event_key"], self.event)
            and self.resource in (None, row["resource"], row["resource_id"])
            and self.integration in (None, row["integration"])
        )

    def __str__(self) -> str:
        of = "" if self.resource is None else f" of {self.resource}"
        return f"{self.event}{of}" + ("" if self.integration is None else f" to {self.integration}")


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Every delivery and every attempt, oldest first, as the control API tells them."""

    rows: Sequence[Row]
    attempts: Sequence[Row]

    def undelivered(
        self, wanted: Wanted, *, times: int | None = None, within: int | None = None, attempts: int | None = None
    ) -> str | None:
        """Why it is not so that these were delivered; None where it is.

        `times` counts deliveries, each once however often it was sent; without it one is enough. All of them must have
        been there `within` so many emulated microseconds of their event, after so many `attempts`.
        """
        meant = [row for row in self.rows if wanted.covers(row)]
        there = [row for row in meant if row["state"] == "succeeded"]
        expected = f"{wanted} was to be delivered {'at least once' if times is None else _times(times)}"
        if len(there) != times and not (times is None and there):
            return self._told(f"{expected}, and was {_times(len(there))}", meant)
        late = [] if within is None else [row for row in there if self._lateness(row) > within]
        if late and within is not None:
            worst = max(self._lateness(row) for row in late)
            sentence = f"{wanted} was to be delivered within {format_duration(within)}"
            return self._told(f"{sentence}, and took up to {format_duration(worst)}", late)
        other = [] if attempts is None else [row for row in there if row["attempts"] != attempts]
        if other:
            made = ", ".join(sorted({str(row["attempts"]) for row in other}))
            return self._told(f"{wanted} was to take {attempts} attempts, and took {made}", other)
        return None

    def delivered(self, wanted: Wanted) -> str | None:
        """Why it is not so that none of these was delivered; None where it is."""
        there = [row for row in self.rows if wanted.covers(row) and row["state"] == "succeeded"]
        return self._told(f"{wanted} was not to be delivered, and was {_times(len(there))}", there) if there else None

    def disordered(self, wanted: Sequence[Wanted]) -> str | None:
        """Why it is not so that the first of each came in this order; None where it is."""
        arrived = []
        for one in wanted:
            rows = [row for row in self.rows if one.covers(row) and row["state"] == "succeeded"]
            if not rows:
                return self._told(f"{one} was to be delivered, and was not", [])
            arrived.append(min((self._order(row), row["number"], row) for row in rows)[2])
        order = sorted(arrived, key=self._order)
        if [row["number"] for row in order] == [row["number"] for row in arrived]:
            return None
        expected, came = (", ".join(row["event_key"] for row in rows) for rows in (arrived, order))
        return self._told(f"these were to come in the order {expected}, and came {came}", arrived)

    def lines(self, rows: Iterable[Row], *, last: int = _LISTED) -> list[str]:
        """A line for each, the newest ones where there are too many."""
        listed = list(rows)
        left = len(listed) - last
        return [*([f"  … {left} before these"] if left > 0 else []), *(self._line(row) for row in listed[-last:])]

    def _told(self, sentence: str, meant: Sequence[Row]) -> str:
        others = [row for row in self.rows if row not in meant]
        told = [f"{sentence}.", *self.lines(meant)]
        if others:
            told += ["What else there was:" if meant else "What there was:", *self.lines(others)]
        elif not meant:
            told.append("There were no deliveries at all: nothing was triggered, or no integration observes it.")
        return "\n".join(told)

    def _line(self, row: Row) -> str:
        what = f"  #{row['number']} {row['event_key']} of {row['resource']} to {row['integration']}: {row['state']}"
        made = self._of(row)
        if row["state"] == "succeeded":
            lateness = self._lateness(row)
            took = "at once" if lateness < _AT_ONCE else f"{format_duration(lateness)} after the event"
            sent = f", sent {len(made)} times" if len(made) > row["attempts"] else ""
            return f"{what} with attempt {row['attempts']}, {took}{sent}"
        failed = next((one for one in reversed(made) if one["error"]), None)
        if failed is not None:
            return f"{what} after attempt {failed['attempt']}: {failed['error']}"
        return what if row["state"] != "planned" else f"{what}, not sent yet; settle() sends it"

    @cached_property
    def _made(self) -> Mapping[int, list[tuple[int, Row]]]:
        """The attempts of each delivery, with their places among all."""
        made: dict[int, list[tuple[int, Row]]] = defaultdict(list)
        for place, one in enumerate(self.attempts):
            made[one["delivery"]].append((place, one))
        return made

    def _of(self, row: Row) -> list[Row]:
        return [one for _, one in self._made.get(row["number"], ())]

    def _arrival(self, row: Row) -> tuple[int, Row]:
        """Its first attempt that succeeded; one whose acknowledgement was lost had arrived, but nobody knew."""
        return next(each for each in self._made[row["number"]] if each[1]["succeeded"])

    def _order(self, row: Row) -> int:
        return self._arrival(row)[0]

    def _lateness(self, row: Row) -> int:
        return parse_instant(self._arrival(row)[1]["ended_at"]) - parse_instant(row["created_at"])


def _times(number: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(number, f"{number} times")
