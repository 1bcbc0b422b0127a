"""Guarded: a fault that somebody else has written, kept from doing harm to anything but its own message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality, MessageFault, Parcel, ScheduleFault, Stage
from emulator.core.fields import Fields
from emulator.domain.delivery import FaultNote
from emulator.domain.errors import InvalidInput, UserError
from emulator.domain.integration import IntegrationType


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
        notes, treatments = list(draft.notes), list(draft.treatments)
        before = (draft.delay, draft.hold, draft.copies, draft.dropped)
        try:
            self.fault.apply(rule, draft, stream)
            _check(draft, self.kind, len(treatments))
        except Exception as error:
            draft.notes[:], draft.treatments[:] = notes, treatments
            draft.delay, draft.hold, draft.copies, draft.dropped = before
            draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=f"failed: {_said(error)}"))


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
            orjson.dumps(dict(made.describe()))
            for transport in IntegrationType:
                made.refusal(transport)
        except InvalidInput:
            raise
        except Exception as error:
            raise InvalidInput(
                f"the fault '{self.kind}' of {self.origin} cannot read this: {_said(error)}", path=fields.path
            ) from error
        return made

    def treat(self, parcel: Parcel, how: Mapping[str, Any]) -> None:
        """Raises UserError with a sentence about whatever goes wrong."""
        treat = getattr(self.fault, "treat", None)
        try:
            if treat is None:
                raise TypeError("it has no 'treat'")
            treat(parcel, how)
        except Exception as error:
            raise UserError(f"the fault '{self.kind}' of {self.origin} failed: {_said(error)}") from error


def _check(draft: Draft, kind: str, treatments: int) -> None:
    """What is journalled and sorted by has to be what it is said to be."""
    whole = type(draft.delay) is int and all(type(copy.after) is int for copy in draft.copies)
    if not whole or draft.delay < 0 or any(copy.after < 0 for copy in draft.copies):
        raise ValueError("delays are whole microseconds, and never below 0")
    for treatment in draft.treatments[treatments:]:
        if treatment.fault != kind:
            raise ValueError(f"its treatments are called '{kind}', not '{treatment.fault}'")
        orjson.dumps(treatment.how)


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
