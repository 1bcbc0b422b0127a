"""outage: the receiver, or the broker, is not there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.core.fault import Legality
from emulator.core.fields import Fields
from emulator.core.manual import Manual


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Every attempt that falls into it fails as if nothing listened there; what is retried after it arrives.

    When it begins and how long it lasts is the rule's span, which may be written with it: `{after: 30s, for: 2m}`.
    """

    kind: ClassVar[str] = "outage"
    legality: ClassVar[Legality] = Legality.PLAUSIBLE
    every_attempt: ClassVar[bool] = True
    manual: ClassVar[Manual] = Manual(
        fields={
            "after": "when it begins: a duration after the rule was put in force, or a number of events; at once",
            "for": "how long it lasts; as long as the rule",
            "until": "or until when",
        },
        example={"id": "deployment", "outage": {"after": "30s", "for": "2m"}},
    )

    @classmethod
    def parse(cls, fields: Fields) -> "Outage":
        return cls()

    def describe(self) -> Mapping[str, Any]:
        return {}
