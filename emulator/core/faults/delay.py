"""delay: the event is late."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.dice import Stream
from emulator.core.distribution import DISTRIBUTION_FIELDS, Distribution
from emulator.core.fault import Draft, Legality
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote
from emulator.domain.moment import format_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The event is late.

    The provider aims to deliver within 30 minutes (its integrations introduction); until then late is documented.
    Retries wait as they always do; this comes on top of the first attempt.
    """

    kind: ClassVar[str] = "delay"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = False
    short: ClassVar[str] = "value"
    manual: ClassVar[Manual] = Manual(
        source="Integrations, introduction: delivered within 30 minutes, as a goal",
        fields=DISTRIBUTION_FIELDS,
        example={
            "id": "long-tail",
            "probability": 0.5,
            "delay": {"distribution": "lognormal", "median": "4s", "sigma": 1.5, "max": "25m"},
        },
    )

    distribution: Distribution

    @classmethod
    def parse(cls, fields: Fields) -> "Delay":
        return cls(distribution=Distribution.take(fields))

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        drawn = self.distribution.draw(stream)
        if drawn:
            draft.delay += drawn
            draft.notes.append(FaultNote(rule, self.kind, f"{format_duration(drawn)} late"))

    def describe(self) -> Mapping[str, Any]:
        return self.distribution.describe()
