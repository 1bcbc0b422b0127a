"""hold: waits until somebody releases it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote, Hold, HoldKind


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldBack:
    """The delivery waits until somebody releases it: reordering by hand.

    Documented as long as the release comes within the provider's 30 minutes.
    """

    kind: ClassVar[str] = "hold"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = True
    manual: ClassVar[Manual] = Manual(
        source="Integrations, introduction: delivered within 30 minutes, as a goal",
        example={"id": "wait-for-me", "match": {"event": "order.created"}, "hold": None},
    )

    @classmethod
    def parse(cls, fields: Fields) -> "HoldBack":
        return cls()

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        draft.hold = Hold(kind=HoldKind.BY_HAND, rule=rule)
        draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail="held until released by hand"))

    def describe(self) -> Mapping[str, Any]:
        return {}
