"""The line that is printed for an attempt, wherever attempts are printed as they happen."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

import click

from emulator.cli.console import bad, dim, good, warning
from emulator.domain.moment import format_duration
from emulator.domain.record import Record, RecordKind

_WIDTH = 10  # of an integration's name
HEADING = f"{'time':<12}  {'event':<18} {'resource':<14} {'attempt':<7} {'status':>6} {'took':>6}  what happened"
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a delivery beside its attempts."""

    event: str
    event_key: str
    resource: str
    job_id: str
    integration: str
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Narrator:
    """Turns the feed's records into lines.

    An attempt's record names its delivery by number alone; what the number stands for is remembered from the record
    of its plan, and asked for (`look_up`) where that came before we listened.
    """

    look_up: Callable[[int], Mapping[str, Any]]
    zone: tzinfo | None = UTC
    show_integration: bool = False
    _known: OrderedDict[int, Told] = field(default_factory=OrderedDict)

    def tell(self, record: Record) -> str | None:
        """The line for this record; None for one that is not about an attempt."""
        if record.kind is RecordKind.PLANNED:
            self._remember(record)
        return self.line(record) if record.kind is RecordKind.ATTEMPTED else None

    def line(self, record: Record) -> str:
        """The line for an attempt."""
        told = self.told(record.delivery)
        data = record.data
        # Further sends of one attempt have no number of their own.
        number = f"#{record.attempt}" + (f"+{record.copy}" if record.copy else "")
        status = str(data["status"] or ("ok" if data["succeeded"] else "-"))
        shade = good if data["succeeded"] else warning if data.get("lost") else bad
        took = f"{data['processing_time'] * 1000:.0f}ms"
        to = _column(told.integration) if self.show_integration else ""
        return (
            f"{dim(self._time(record.at))}  {to}{told.event_key:<18} {told.resource:<14} {number:<7} "
            f"{shade(f'{status:>6}')} {took:>6}  {self._remarks(record, told)}"
        ).rstrip()

    def document(self, record: Record) -> dict[str, Any]:
        """The same as JSON."""
        told = self.told(record.delivery)
        data = record.data
        return {
            "at": self._instant(record.at).isoformat().replace("+00:00", "Z"),
            "delivery": record.delivery,
            "job_id": told.job_id,
            "integration": told.integration,
            "event": told.event,
            "event_key": told.event_key,
            "resource": told.resource,
            "attempt": record.attempt,
            "copy": record.copy,
            "succeeded": data["succeeded"],
            "status": data["status"],
            "error": data["error"],
            "processing_time": data["processing_time"],
            "state": record.state,
            "due": record.due,
            "faults": data.get("faults", []),
        }

    def told(self, number: int) -> Told:
        """What a delivery's number stands for."""
        if number not in self._known:
            found = self.look_up(number)
            self._keep(number, found, found.get("faults", ()))
        return self._known[number]

    def _remember(self, record: Record) -> None:
        sends = record.data.get("sends", ())
        faults = [*record.data.get("faults", ()), *(note for send in sends[:1] for note in send.get("faults", ()))]
        self._keep(record.delivery, record.data, faults)

    def _keep(self, number: int, data: Mapping[str, Any], faults: Any) -> None:
        self._known[number] = Told(
            event=data["event"],
            event_key=data["event_key"],
            resource=data["resource"],
            job_id=data["job_id"],
            integration=data["integration"],
            faults=tuple(dict.fromkeys(_said(note) for note in faults)),
        )
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _remarks(self, record: Record, told: Told) -> str:
        """Why it failed, then what chaos had to do with it, then what comes next."""
        data = record.data
        planned = told.faults if record.attempt == 1 else ()
        faults = dict.fromkeys([*(_said(note) for note in data.get("faults", ())), *planned])
        said = [dim(fault) for fault in faults]
        if data["error"] and not data.get("lost"):
            said.insert(0, bad(data["error"]))
        if record.due is not None and not data["succeeded"]:
            said.append(f"again in {format_duration(max(0, record.due - record.at))}")
        return dim("; ").join(said)

    def _instant(self, micros: int) -> datetime:
        return datetime.fromtimestamp(micros / 1_000_000, UTC)

    def _time(self, micros: int) -> str:
        moment = self._instant(micros).astimezone(self.zone)
        return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def zone_of(clock_mode: str) -> tzinfo | None:
    """The time zone to print times in: this machine's for a real clock (astimezone's None), UTC for an emulated one."""
    return None if clock_mode == "real" else UTC


def print_heading(*, show_integration: bool = False) -> None:
    """The names of the columns, once."""
    time, rest = HEADING[:14], HEADING[14:]
    click.echo(dim(time + (_column("to") if show_integration else "") + rest))


def _column(integration: str) -> str:
    return f"{integration if len(integration) <= _WIDTH else integration[: _WIDTH - 1] + '…':<{_WIDTH}}  "


def _said(note: Mapping[str, str]) -> str:
    return f"{note['fault']}: {note['detail']}"
