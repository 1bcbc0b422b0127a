"""connection: our side of the connection misbehaves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core import salt
from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality, Parcel, Stage
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote, Treatment
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import MINUTE, exact_duration, format_duration
from emulator.domain.wire_fault import ConnectionMode, WireFault

_CHUNK = 16
_DELAY = 100_000
_LONGEST = 10 * MINUTE
_MOST_BYTES = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A request that arrives in part, slowly or not at all: what networks and proxies do in production.

    These times are the machine's under every clock, for the receiver's own timeouts are what they are about.
    """

    kind: ClassVar[str] = "connection"
    legality: ClassVar[Legality] = Legality.PLAUSIBLE
    every_attempt: ClassVar[bool] = True
    short: ClassVar[str] = "mode"
    stage: ClassVar[Stage] = Stage.WRITTEN
    manual: ClassVar[Manual] = Manual(
        fields={
            "mode": "see below",
            "chunk": "of `dribble`: bytes in each piece; 16",
            "delay": "before each line or piece (100ms); of `timeout`: how long nothing comes",
            "bytes": "of `limit`: after so many of the request",
            "rate": "of `bandwidth`: bytes a second",
        },
        modes={
            "reset": "some of the request, then a reset (RST)",
            "close_early": "some of the request, then the end",
            "limit": "the first `bytes` of the request, then the end",
            "timeout": "a connection on which nothing comes",
            "slow_headers": "the head a line at a time, then the body",
            "dribble": "the head, then the body in pieces",
            "bandwidth": "the whole request, at `rate` bytes a second",
        },
        needs={"limit": {"bytes": 1}, "bandwidth": {"rate": 1}},
        example={
            "id": "slow-line",
            "match": {"event": "order.*"},
            "connection": {"mode": "dribble", "chunk": 64, "delay": "20ms"},
        },
    )

    mode: ConnectionMode
    chunk: int = 0
    delay: int | None = None
    bytes: int = 0
    rate: int = 0

    @classmethod
    def parse(cls, fields: Fields) -> "Connection":
        mode: ConnectionMode = fields.choice("mode", ConnectionMode)
        match mode:
            case ConnectionMode.TIMEOUT:
                return cls(mode=mode, delay=_delay(fields, None))
            case ConnectionMode.SLOW_HEADERS:
                return cls(mode=mode, delay=_delay(fields, _DELAY))
            case ConnectionMode.DRIBBLE:
                chunk = fields.integer("chunk", _CHUNK, minimum=1, maximum=_MOST_BYTES)
                return cls(mode=mode, chunk=chunk, delay=_delay(fields, _DELAY))
            case ConnectionMode.LIMIT:
                return cls(mode=mode, bytes=fields.integer("bytes", minimum=0, maximum=_MOST_BYTES))
            case ConnectionMode.BANDWIDTH:
                return cls(mode=mode, rate=fields.integer("rate", minimum=1, maximum=_MOST_BYTES))
            case _:
                return cls(mode=mode)

    def refusal(self, transport: IntegrationType) -> str | None:
        if transport is IntegrationType.WEBHOOK:
            return None
        return (
            "connection is about the socket of a webhook; a queue's connection carries other messages too, "
            "and an outage makes the queue unreachable"
        )

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        if any(each.fault == self.kind for each in draft.treatments):
            return  # a request is written once, and the first rule says how
        how = {"mode": self.mode.value, "salt": salt.drawn(stream), **self._fields(self.delay)}
        draft.treatments.append(Treatment(fault=self.kind, how=how))
        draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=self._detail()))

    @classmethod
    def treat(cls, parcel: Parcel, how: Mapping[str, Any]) -> None:
        parcel.wire = _wire(how)

    def describe(self) -> Mapping[str, Any]:
        return {"mode": self.mode.value, **self._fields(None if self.delay is None else exact_duration(self.delay))}

    def _fields(self, delay: int | str | None) -> dict[str, Any]:
        """Those that the mode has."""
        match self.mode:
            case ConnectionMode.TIMEOUT:
                return {} if delay is None else {"delay": delay}
            case ConnectionMode.SLOW_HEADERS:
                return {"delay": delay}
            case ConnectionMode.DRIBBLE:
                return {"chunk": self.chunk, "delay": delay}
            case ConnectionMode.LIMIT:
                return {"bytes": self.bytes}
            case ConnectionMode.BANDWIDTH:
                return {"rate": self.rate}
            case _:
                return {}

    def _detail(self) -> str:
        pause = "" if self.delay is None else format_duration(self.delay)
        match self.mode:
            case ConnectionMode.RESET:
                return "reset in the middle of the request"
            case ConnectionMode.TIMEOUT:
                return f"connected, and nothing sent for {pause or 'as long as an answer may take'}"
            case ConnectionMode.CLOSE_EARLY:
                return "closed in the middle of the request"
            case ConnectionMode.SLOW_HEADERS:
                return f"the head a line at a time, {pause} apart"
            case ConnectionMode.DRIBBLE:
                return f"the body in pieces of {self.chunk} bytes, {pause} apart"
            case ConnectionMode.LIMIT:
                return f"closed after {self.bytes} bytes, unless the request is no longer than that"
            case ConnectionMode.BANDWIDTH:
                return f"written at {self.rate} bytes a second"


def _wire(how: Mapping[str, Any]) -> WireFault:
    """Raises ValueError for numbers by which nothing can be written: a plan may have been edited by hand."""
    wire = WireFault(**{**how, "mode": ConnectionMode(how["mode"])})
    numbers = (wire.salt, wire.chunk, wire.bytes, wire.rate, wire.delay or 0)
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError("its numbers are whole, and 0 or more")
    if (wire.delay or 0) > _LONGEST:
        raise ValueError(f"a delay is {_LONGEST} microseconds at most")
    needed = {ConnectionMode.DRIBBLE: wire.chunk, ConnectionMode.BANDWIDTH: wire.rate}
    if needed.get(wire.mode) == 0:
        raise ValueError(f"{wire.mode} needs a {'chunk' if wire.mode is ConnectionMode.DRIBBLE else 'rate'} above 0")
    if wire.mode in (ConnectionMode.SLOW_HEADERS, ConnectionMode.DRIBBLE) and wire.delay is None:
        raise ValueError(f"{wire.mode} needs a delay, in microseconds")
    return wire


def is_cut(treatments: Iterable[Treatment]) -> bool:
    """Whether the request is known not to arrive, whatever its length, so that its attempt fails."""
    return any(each.fault == Connection.kind and each.how["mode"] in _CUTTING for each in treatments)


def is_limited(treatments: Iterable[Treatment]) -> bool:
    """Whether it depends on the request's length if it arrives."""
    return any(each.fault == Connection.kind and each.how["mode"] == ConnectionMode.LIMIT for each in treatments)


_CUTTING = (ConnectionMode.RESET, ConnectionMode.CLOSE_EARLY, ConnectionMode.TIMEOUT)


def _delay(fields: Fields, default: int | None) -> int | None:
    delay: int | None = fields.duration("delay", default)
    if delay is not None and delay > _LONGEST:
        raise fields.wrong("delay", f"expected {exact_duration(_LONGEST)} at most, found {exact_duration(delay)}")
    return delay
