"""overlap: several requests are written before any answer is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality, Scope
from emulator.core.fields import Fields
from emulator.domain.delivery import FaultNote, Hold, HoldKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """The provider processes events concurrently. Waits until `count` are together, or as many as come in time."""

    kind: ClassVar[str] = "overlap"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = False

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
            kind=HoldKind.GATHERED,
            rule=rule,
            group=draft.group(rule, self.scope),
            count=self.count,
            until=draft.at + draft.max_hold,
            skip_resource=draft.event.resource if self.scope is Scope.ACROSS_RESOURCES else "",
        )
        detail = f"waits for {self.count - 1} more to go at the same moment"
        draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=detail))

    def describe(self) -> Mapping[str, Any]:
        return {"count": self.count, "scope": self.scope.value}
