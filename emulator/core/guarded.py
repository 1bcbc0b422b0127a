"""Guarded: a fault that somebody else has written, kept from doing harm to anything but its own message."""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson

from emulator.core.dice import Stream
from emulator.core.fault import Copy, Draft, Legality, MessageFault, Parcel, ScheduleFault, Stage
from emulator.core.fields import Fields
from emulator.domain.delivery import FaultNote, Hold, HoldKind, Treatment
from emulator.domain.errors import InvalidInput, UserError
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import DAY, LONGEST
from emulator.domain.wire_fault import WireFault

_FAILURES = (Exception, SystemExit)
"""What somebody else's code may end with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """`origin` is the distribution that it comes from, for people.

    Where it fails, the delivery goes as it would without it, with a note that says so.
    """

    fault: ScheduleFault
    origin: str

    @property
    def kind(self) -> str:
        return self.fault.kind

    @property
    def legality(self) -> Legality:
        return self.fault.legality

    @property
    def every_attempt(self) -> bool:
        return self.fault.every_attempt

    def describe(self) -> Mapping[str, Any]:
        return self.fault.describe()

    def refusal(self, transport: IntegrationType) -> str | None:
        """Why it cannot act on messages of this transport; None where it can."""
        return self.fault.refusal(transport) if isinstance(self.fault, MessageFault) else None

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        own = replace(draft, notes=list(draft.notes), treatments=list(draft.treatments))
        try:
            _nothing("apply", self.fault.apply(rule, own, stream))  # type: ignore[func-returns-value]
            own.copies = tuple(own.copies)
            _check(own, draft, self.fault)
        except _FAILURES as error:
            draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=f"failed: {_said(error)}"))
            return
        draft.notes, draft.treatments = own.notes, own.treatments
        draft.delay, draft.hold, draft.copies, draft.dropped = own.delay, own.hold, own.copies, own.dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedKind:
    """The class of such a fault, of which rules are read."""

    fault: type[ScheduleFault]
    origin: str

    @property
    def kind(self) -> str:
        return self.fault.kind

    @property
    def legality(self) -> Legality:
        return self.fault.legality

    @property
    def short(self) -> str | None:
        short: str | None = getattr(self.fault, "short", None)
        return short

    @property
    def stage(self) -> Stage:
        stage: Stage = getattr(self.fault, "stage", Stage.SAID)
        return stage

    def parse(self, fields: Fields) -> Guarded:
        """Raises InvalidInput."""
        try:
            made = Guarded(fault=cast(ScheduleFault, self.fault.parse(fields)), origin=self.origin)
            described = dict(made.describe())
            orjson.dumps(described)
            for transport in IntegrationType:
                refused = made.refusal(transport)
                if not (refused is None or isinstance(refused, str)):
                    raise TypeError(f"'refusal' answers with a sentence or None, not with {refused!r}")
        except InvalidInput:
            raise
        except _FAILURES as error:
            raise InvalidInput(
                f"the fault '{self.kind}' of {self.origin} cannot read this: {_said(error)}", path=fields.path
            ) from error
        try:
            again = Fields(described)
            self.fault.parse(again)
            again.done()
        except _FAILURES as error:
            raise InvalidInput(
                f"the fault '{self.kind}' of {self.origin} cannot read what its 'describe' writes: {_said(error)}",
                path=fields.path,
            ) from error
        return made

    def treat(self, parcel: Parcel, how: Mapping[str, Any]) -> None:
        """Raises UserError with a sentence about whatever goes wrong."""
        treat = getattr(self.fault, "treat", None)
        try:
            if treat is None:
                raise TypeError("it has no 'treat'")
            _nothing("treat", treat(parcel, orjson.loads(orjson.dumps(dict(how)))))  # how it is read from the journal
            _check_parcel(parcel)
        except _FAILURES as error:
            raise UserError(f"the fault '{self.kind}' of {self.origin} failed: {_said(error)}") from error


def _nothing(method: str, answer: object) -> None:
    """What it does, it does to what it is given, and at once."""
    if isinstance(answer, Coroutine):
        answer.close()
        raise TypeError(f"'{method}' cannot be async")
    if answer is not None:
        raise TypeError(f"'{method}' changes what it is given; what it answers with is lost")


def _check(own: Draft, before: Draft, fault: ScheduleFault) -> None:
    """What is journalled and sorted by has to be what it is said to be."""
    if own.event is not before.event or (own.integration, own.at, own.max_hold) != (
        before.integration,
        before.at,
        before.max_hold,
    ):
        raise ValueError("event, integration, at and max_hold are to be read; 'delay' makes it late")
    if not all(isinstance(copy, Copy) for copy in own.copies):
        raise TypeError("copies are Copies")
    lates = (own.delay, *(copy.after for copy in own.copies))
    if not all(type(late) is int and late >= 0 for late in lates):
        raise ValueError("delays are whole microseconds, and never below 0")
    if max(lates) > before.delay + LONGEST:
        raise ValueError(f"the longest delay is {LONGEST // DAY}d")
    if type(own.dropped) is not bool:
        raise TypeError("'dropped' is True or False")
    if own.hold is not None and not (isinstance(own.hold, Hold) and isinstance(own.hold.kind, HoldKind)):
        raise TypeError("'hold' is a Hold or None")
    for note in own.notes:
        if not isinstance(note, FaultNote) or not all(isinstance(word, str) for word in note):
            raise TypeError("notes are FaultNotes, of texts")
    orjson.dumps([list(note) for note in own.notes])
    for treatment in own.treatments:
        if treatment not in before.treatments:
            _check_treatment(treatment, fault)


def _check_treatment(treatment: Treatment, fault: ScheduleFault) -> None:
    if treatment.fault != fault.kind:
        raise ValueError(f"its treatments are called '{fault.kind}', not '{treatment.fault}'")
    if not isinstance(fault, MessageFault):
        raise TypeError("it has no 'treat', 'stage' and 'refusal', so it cannot add treatments")
    orjson.dumps(dict(treatment.how))


def _check_parcel(parcel: Parcel) -> None:
    """What is sent has to be what it is said to be, too."""
    if not isinstance(parcel.payload, str) or not isinstance(orjson.loads(parcel.payload), dict):
        raise TypeError("'payload' is the text of a JSON object; what is to be none is damaged in 'body', later")
    if not isinstance(parcel.body, bytes):
        raise TypeError("'body' is bytes")
    for name, value in parcel.headers.items():
        if not isinstance(name, str) or not (value is None or isinstance(value, bytes)):
            raise TypeError("'headers' have texts for names, and bytes or None for values")
    if not (parcel.wire is None or isinstance(parcel.wire, WireFault)):
        raise TypeError("'wire' is a WireFault or None")


def _said(error: BaseException) -> str:
    if isinstance(error, UserError):
        return error.sentence
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
