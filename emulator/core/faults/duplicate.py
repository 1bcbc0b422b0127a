"""duplicate: the same attempt is sent more than once."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from emulator.core.dice import Stream
from emulator.core.distribution import Distribution, Shape
from emulator.core.fault import Copy, Draft, Legality
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote
from emulator.domain.moment import LONGEST, SECOND

_ONE_SECOND = Distribution(shape=Shape.FIXED, first=SECOND)


class Identity(StrEnum):
    """Whether a copy carries the job id of the original or one of its own."""

    SAME = "same"
    NEW_JOB = "new_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """The same attempt is sent more than once. `spacing` is drawn between copy and copy.

    The provider delivers at least once (its integrations introduction), but says nothing of other job ids: `new_job` is
    hostile.
    """

    kind: ClassVar[str] = "duplicate"
    legality: ClassVar[Legality] = Legality.DOCUMENTED
    every_attempt: ClassVar[bool] = False
    manual: ClassVar[Manual] = Manual(
        source="Integrations, introduction: delivered at least once",
        fields={
            "copies": "how many more, 1 to 1,000; 1",
            "spacing": "how far apart: a duration or a distribution; 1s",
            "identity": "`same` (default) job id, or `new_job`, which is hostile",
        },
        example={"id": "three-times", "match": {"event": "cart.updated"}, "duplicate": {"copies": 2, "spacing": "2s"}},
    )

    copies: int = 1
    spacing: Distribution = _ONE_SECOND
    identity: Identity = Identity.SAME

    @classmethod
    def parse(cls, fields: Fields) -> "Duplicate":
        return cls(
            copies=fields.integer("copies", 1, minimum=1, maximum=1000),
            spacing=Distribution.parse(fields.take("spacing", "1s"), *fields.path, "spacing"),
            identity=fields.choice("identity", Identity, Identity.SAME),
        )

    @property
    def mode_legality(self) -> Legality:
        """With this identity."""
        return Legality.HOSTILE if self.identity is Identity.NEW_JOB else self.legality

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        after = 0
        copies = []
        for _ in range(self.copies):
            after = min(after + self.spacing.draw(stream), LONGEST)
            copies.append(Copy(after=after, new_job=self.identity is Identity.NEW_JOB))
        draft.copies += tuple(copies)
        how = "as a new job" if self.identity is Identity.NEW_JOB else "as the same job"
        detail = f"sent {self.copies + 1} times, {how}"
        draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=detail))

    def describe(self) -> Mapping[str, Any]:
        return {"copies": self.copies, "spacing": self.spacing.describe(), "identity": self.identity.value}
