"""delay: the event is late."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.dice import Stream
from emulator.core.distribution import Distribution
from emulator.core.fault import Draft, Legality
from emulator.core.fields import Fields
from emulator.domain.delivery import FaultNote
from emulator.domain.moment import format_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The provider aims to deliver within 30 minutes (its integrations introduction); until then late is documented."""

    kind: ClassVar[str] = "delay"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = False
    short: ClassVar[str] = "value"

    distribution: Distribution

    @classmethod
    def parse(cls, fields: Fields) -> "Delay":
        return cls(distribution=Distribution.take(fields))

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        drawn = self.distribution.draw(stream)
        if drawn:
            draft.delay += drawn
            draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=f"{format_duration(drawn)} late"))

    def describe(self) -> Mapping[str, Any]:
        return self.distribution.describe()
