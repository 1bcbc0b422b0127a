"""ack_loss: the receiver accepted the event, and we behave as if it had not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.fault import Legality
from emulator.core.fields import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class AckLoss:
    """How real duplicates arise: same job, next attempt. `times` bounds how many are lost of one delivery."""

    kind: ClassVar[str] = "ack_loss"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = True

    times: int = 1

    @classmethod
    def parse(cls, fields: Fields) -> "AckLoss":
        return cls(times=fields.integer("times", 1, minimum=1, maximum=1000))

    def describe(self) -> Mapping[str, Any]:
        return {"times": self.times}
