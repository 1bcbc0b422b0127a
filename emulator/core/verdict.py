"""Verdict: what a run comes to, expectation by expectation. What is not settled and comparable is inconclusive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from emulator.core.fields import Fields


class Verdict(StrEnum):
    """Whether what was expected is so."""

    PASS = "pass"  # noqa: S105  (no password)
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one expectation.

    `expectation` is as it was written, on one line, and `place` where: `late.yaml:7:5: expect[0]`. `sentence` says what
    was expected and what was seen, `nearest` what came closest where nothing fitted, `deliveries` the numbers of those
    that matter, and `seen` what else there is to show, a line each. `differences` are from the state without faults.
    """

    expectation: str
    place: str
    verdict: Verdict
    sentence: str
    nearest: str = ""
    deliveries: tuple[int, ...] = ()
    seen: tuple[str, ...] = ()
    differences: tuple[Mapping[str, Any], ...] = ()

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "expectation": self.expectation,
            "place": self.place,
            "verdict": str(self.verdict),
            "sentence": self.sentence,
            "nearest": self.nearest or None,
            "deliveries": list(self.deliveries),
            "seen": list(self.seen),
            **({"differences": list(self.differences)} if self.differences else {}),
        }

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Of such a document. Raises InvalidInput."""
        finding = cls(
            expectation=fields.text("expectation"),
            place=fields.text("place"),
            verdict=fields.choice("verdict", Verdict),
            sentence=fields.text("sentence"),
            nearest=fields.text_or_null("nearest") or "",
            deliveries=tuple(fields.listed("deliveries", int)),
            seen=tuple(fields.listed("seen", str)),
            differences=tuple(fields.listed("differences", dict, [])),
        )
        fields.done()
        return finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict of a run. `remarks` say what was not covered, `reproduce` is the command that does it again."""

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()
    reproduce: str = ""

    @classmethod
    def of(
        cls, findings: Sequence[Finding], *, settled: bool, remarks: Iterable[str] = (), reproduce: str = ""
    ) -> "Judgement":
        """A failure counts only in a run that was settled, and what is inconclusive outweighs what passed."""
        verdict = verdict_of((finding.verdict for finding in findings), settled=settled)
        return cls(verdict=verdict, findings=tuple(findings), remarks=tuple(remarks), reproduce=reproduce)

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The findings that did not pass."""
        return tuple(finding for finding in self.findings if finding.verdict is not Verdict.PASS)

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "verdict": str(self.verdict),
            "findings": [finding.document() for finding in self.findings],
            "remarks": list(self.remarks),
            "reproduce": self.reproduce or None,
        }

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Of such a document. Raises InvalidInput."""
        judgement = cls(
            verdict=fields.choice("verdict", Verdict),
            findings=tuple(
                Finding.read(Fields(one, *fields.path, "findings", place))
                for place, one in enumerate(fields.listed("findings", dict))
            ),
            remarks=tuple(fields.listed("remarks", str)),
            reproduce=fields.text_or_null("reproduce") or "",
        )
        fields.done()
        return judgement


def verdict_of(verdicts: Iterable[Verdict], *, settled: bool) -> Verdict:
    """What several come to together."""
    found = set(verdicts)
    if not settled:
        return Verdict.INCONCLUSIVE
    return next((one for one in (Verdict.FAIL, Verdict.INCONCLUSIVE) if one in found), Verdict.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the evaluator of one expectation says; a Finding without its place."""

    verdict: Verdict
    sentence: str
    nearest: str = ""
    deliveries: tuple[int, ...] = field(default=())
    seen: tuple[str, ...] = ()
    differences: tuple[Mapping[str, Any], ...] = ()
