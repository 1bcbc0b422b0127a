"""reorder: events change places."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality, Scope
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote, Hold, HoldKind
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import exact_duration, format_duration


class ReorderMode(StrEnum):
    SHUFFLE = "shuffle"
    REVERSE = "reverse"
    SWAP = "swap"
    LATEST_FIRST = "latest_first"


_SHUFFLE, _ACROSS_RESOURCES, _DISPLACED = ReorderMode.SHUFFLE, Scope.ACROSS_RESOURCES, HoldKind.DISPLACED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorder:
    """Events change places. The provider processes them concurrently and says that they may arrive out of order.

    With `window`, an event lets up to window - 1 later matching ones pass: how many is drawn when it is accepted,
    and it goes when that many have been accepted after it, or after two seconds of emulated time. With `within` it is
    shifted by a drawn time; across resources, one shift is drawn per resource, so that each resource's own events stay
    in order.

    The other modes draw nothing: `window` events (or as many as come within two seconds of the first), or those within
    one slice of time, wait for each other and go in another order: the last one first (`reverse`), the first and the
    last in each other's place (`swap`), or the newest first and the others after it (`latest_first`). Across resources,
    the resources change places as blocks.

    A delay besides begins when the event goes: those that are late by the same arrive in the new order. With `reverse`,
    `swap` and `latest_first` all do, whatever their delays: none goes before the one that is to be before it; but
    across resources nobody waits for another's delay.
    """

    kind: ClassVar[str] = "reorder"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = False
    manual: ClassVar[Manual] = Manual(
        source="Integrations, introduction: events may arrive out of order",
        fields={
            "mode": "see below; `shuffle`",
            "window": "how many events change places with each other",
            "within": "or: in how much time",
            "scope": "`any` (default), `same_resource` or `across_resources`, which keeps each resource's own order",
        },
        modes={
            "shuffle": "each lets at most `window` - 1 later ones pass, or is shifted by at most `within`",
            "reverse": "the last one first",
            "swap": "the first and the last in each other's place",
            "latest_first": "the newest first, the others after it",
        },
        needs={
            "shuffle": {"window": 2},
            "reverse": {"window": 2},
            "swap": {"window": 2},
            "latest_first": {"window": 2},
        },
        example={
            "id": "mixed-up",
            "match": {"event": "order.*"},
            "reorder": {"mode": "shuffle", "window": 3, "scope": "same_resource"},
        },
    )

    mode: ReorderMode = ReorderMode.SHUFFLE
    window: int | None = None
    within: int | None = None
    scope: Scope = Scope.ANY

    @classmethod
    def parse(cls, fields: Fields) -> "Reorder":
        reorder = cls(
            mode=fields.choice("mode", ReorderMode, ReorderMode.SHUFFLE),
            window=fields.integer("window", None, minimum=2, maximum=10_000),
            within=fields.duration("within", None),
            scope=fields.choice("scope", Scope, Scope.ANY),
        )
        if reorder.within == 0 and reorder.mode is not ReorderMode.SHUFFLE:
            raise fields.wrong("within", "expected some time in which events wait for each other, found none")
        if (reorder.window is None) == (reorder.within is None):
            raise InvalidInput("give either 'window' (a number of events) or 'within' (a duration)", path=fields.path)
        return reorder

    @property
    def per_resource(self) -> bool:
        """Whether one decision holds for all events of a resource."""
        return self.displaces_by_time and self.scope is _ACROSS_RESOURCES

    @property
    def displaces(self) -> bool:
        """Whether events are passed by a drawn number of others."""
        return self.mode is _SHUFFLE and self.window is not None

    @property
    def displaces_by_time(self) -> bool:
        return self.mode is _SHUFFLE and self.within is not None

    @property
    def keeps_order(self) -> bool:
        """Whether events of one resource queue behind each other, those that it does not hit too."""
        return not self.displaces_by_time and self.scope is _ACROSS_RESOURCES

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        if self.mode is not _SHUFFLE:
            self._arrange(rule, draft)
            return
        if self.within is not None:
            shift = stream.below(self.within + 1)
            draft.delay += shift
            draft.notes.append(FaultNote(rule, self.kind, f"shifted by {format_duration(shift)}"))
            return
        assert self.window is not None
        passing = stream.below(self.window)
        self._displace(rule, draft, passing)
        if passing and draft.hold is not None and draft.hold.rule == rule:
            detail = f"lets {passing} later {'event' if passing == 1 else 'events'} pass"
            draft.notes.append(FaultNote(rule, self.kind, detail))

    def queue(self, rule: str, draft: Draft) -> None:
        """An event that it does not hit stays behind those of its resource that it did."""
        self._displace(rule, draft, 0)

    def _arrange(self, rule: str, draft: Draft) -> None:
        if draft.hold is not None:
            return
        until = draft.at + draft.max_hold
        if self.within is not None:
            until = (draft.at // self.within + 1) * self.within - 1  # before whatever the next slice begins with
        draft.hold = Hold(
            kind=HoldKind.ARRANGED,
            rule=rule,
            group=self._group(rule, draft),
            count=self.window or 0,
            until=until,
            behind=self.keeps_order,
            order=self.mode.value,
        )
        whom = (
            f"{self.window} events" if self.window is not None else f"those within {format_duration(self.within or 0)}"
        )
        detail = f"changes places among {whom}: {self.mode.value.replace('_', ' ')}"
        draft.notes.append(FaultNote(rule, self.kind, detail))

    def _displace(self, rule: str, draft: Draft, passing: int) -> None:
        across = self.keeps_order
        if draft.hold is not None or (passing == 0 and not across):
            return
        draft.hold = Hold(
            _DISPLACED,
            rule,
            self._group(rule, draft),
            passing,
            draft.at + draft.max_hold,
            behind=across,
            skip_resource=draft.event.resource if across else "",
        )

    def _group(self, rule: str, draft: Draft) -> str:
        """Who changes places with whom: a slice of time is a group of its own."""
        group = draft.group(rule, self.scope)
        return group if self.within is None else f"{group}|{draft.at // self.within}"

    def describe(self) -> Mapping[str, Any]:
        extent = {"window": self.window} if self.window is not None else {"within": exact_duration(self.within or 0)}
        return {"mode": self.mode.value, **extent, "scope": self.scope.value}
