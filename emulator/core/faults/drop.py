"""drop: the event is never sent to this integration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The event is never sent. The provider promises at least one delivery."""

    kind: ClassVar[str] = "drop"
    legality: ClassVar[Legality] = Legality.HOSTILE
    every_attempt: ClassVar[bool] = False
    manual: ClassVar[Manual] = Manual(
        source="Integrations, introduction promises the contrary: at least once",
        example={"id": "lost", "probability": 0.05, "drop": None},
    )

    @classmethod
    def parse(cls, fields: Fields) -> "Drop":
        return cls()

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        draft.dropped = True
        draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail="never sent"))

    def describe(self) -> Mapping[str, Any]:
        return {}
