"""ack_loss: the receiver accepted the event, and we behave as if it had not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.fault import Legality
from emulator.core.fields import Fields
from emulator.core.manual import Manual


@dataclass(frozen=True, slots=True, kw_only=True)
class AckLoss:
    """The receiver has accepted the event, and we behave as if it had not: same job, next attempt.

    This is how real duplicates arise. `times` bounds how many are lost of one delivery; none uses up a retry.
    """

    kind: ClassVar[str] = "ack_loss"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = True
    manual: ClassVar[Manual] = Manual(
        source="Integrations, introduction: delivered at least once",
        fields={
            "times": "how many acknowledgements of one delivery are lost, 1 to 1,000; 1",
        },
        example={"id": "unheard", "match": {"event": "order.paid"}, "ack_loss": {"times": 2}},
    )

    times: int = 1

    @classmethod
    def parse(cls, fields: Fields) -> "AckLoss":
        return cls(times=fields.integer("times", 1, minimum=1, maximum=1000))

    def describe(self) -> Mapping[str, Any]:
        return {"times": self.times}
