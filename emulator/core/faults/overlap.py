"""overlap: several requests are written before any answer is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality, Scope
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote, Hold, HoldKind

_GATHERED = HoldKind.GATHERED
_ACROSS_RESOURCES = Scope.ACROSS_RESOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Requests go at the same moment: all of them are written before any answer is read.

    The provider processes events concurrently. Waits until `count` are together, or as many as come within
    two seconds of emulated time.
    """

    kind: ClassVar[str] = "overlap"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = False
    manual: ClassVar[Manual] = Manual(
        source="Integrations, introduction: events are processed concurrently",
        fields={
            "count": "how many go at the same moment, 2 to 64; 2",
            "scope": "`any` (default), `same_resource` or `across_resources`",
        },
        example={"id": "races", "match": {"event": "order.*"}, "overlap": {"count": 2, "scope": "same_resource"}},
    )

    count: int = 2
    scope: Scope = Scope.ANY

    @classmethod
    def parse(cls, fields: Fields) -> "Overlap":
        return cls(
            count=fields.integer("count", 2, minimum=2, maximum=64),
            scope=fields.choice("scope", Scope, Scope.ANY),
        )

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        if draft.hold is not None:
            return
        draft.hold = Hold(
            _GATHERED,
            rule,
            draft.group(rule, self.scope),
            self.count,
            draft.at + draft.max_hold,
            skip_resource=draft.event.resource if self.scope is _ACROSS_RESOURCES else "",
        )
        detail = f"waits for {self.count - 1} more to go at the same moment"
        draft.notes.append(FaultNote(rule, self.kind, detail))

    def describe(self) -> Mapping[str, Any]:
        return {"count": self.count, "scope": self.scope.value}
