"""Report card: how a receiver stands, line by line, and the runs that prove it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.core.card.aspect import ASPECTS, Aspect
from emulator.core.card.standing import Standing
from emulator.core.verdict import Verdict

FORMAT = 1
"""Of the card's JSON."""


class Examined(NamedTuple):
    """An integration by its name, and how it receives: webhook, aws_sqs or stomp."""

    name: str
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One aspect of one event type at one integration; `event` is None where it is about the receiver as a whole.

    `run` is the name of the run that proves it, None where none was needed or none could be made.
    """

    integration: str
    event: str | None
    aspect: str
    standing: Standing
    sentence: str
    seen: tuple[str, ...] = ()
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that was made: its name, what it tried, what it came to, and the command that does it again."""

    name: str
    description: str
    verdict: Verdict
    reproduce: str

    @property
    def page(self) -> str:
        """Where its report is, beside the card."""
        return f"runs/{self.name}.html"

    @property
    def scenario(self) -> str:
        """Where it is as a scenario, beside the card."""
        return f"runs/{self.name}.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All lines, integration by integration, event type by event type. `remarks` say what was not covered."""

    scenario: str
    seed: int
    version: str
    integrations: Sequence[Examined]
    lines: Sequence[Line]
    runs: Mapping[str, Run]
    remarks: Sequence[str] = ()

    @property
    def verdict(self) -> Verdict:
        """Fail where anything is not tolerated, inconclusive where anything is not known."""
        found = {line.standing for line in self.lines}
        if Standing.FAILS in found:
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if Standing.UNKNOWN in found or not self.lines else Verdict.PASS

    def events(self, integration: str) -> list[str]:
        """The event types that were examined there, in the order of its lines."""
        named = (line.event for line in self.lines if line.integration == integration)
        return list(dict.fromkeys(event for event in named if event is not None))

    def of(self, integration: str, aspect: Aspect) -> list[Line]:
        """All lines of one aspect there."""
        return [line for line in self.lines if line.integration == integration and line.aspect == aspect.name]

    def cells(self, integration: str, event: str) -> list[Line | None]:
        """The lines of one event type, one for each aspect of `PER_EVENT`."""
        found = {line.aspect: line for line in self.lines if line.integration == integration and line.event == event}
        return [found.get(aspect.name) for aspect in PER_EVENT]

    def reproduce(self, line: Line) -> str:
        """The command that does it again; empty where there was no run."""
        return self.runs[line.run].reproduce if line.run is not None else ""

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": FORMAT,
            "version": self.version,
            "scenario": self.scenario,
            "seed": self.seed,
            "verdict": str(self.verdict),
            "integrations": [one._asdict() for one in self.integrations],
            "aspects": [_aspect_data(one) for one in ASPECTS],
            "lines": [self._line_data(line) for line in self.lines],
            "remarks": list(self.remarks),
        }

    def _line_data(self, line: Line) -> dict[str, Any]:
        run = None if line.run is None else self.runs[line.run]
        return {
            "integration": line.integration,
            "event": line.event,
            "aspect": line.aspect,
            "standing": str(line.standing),
            "sentence": line.sentence,
            "seen": list(line.seen),
            "run": None if run is None else {"scenario": run.scenario, "page": run.page, "verdict": str(run.verdict)},
            "reproduce": None if run is None else run.reproduce,
        }


PER_EVENT: Sequence[Aspect] = tuple(one for one in ASPECTS if not one.of_receiver)
"""The aspects that are examined event type by event type."""


def overall(lines: Sequence[Line]) -> Standing:
    """What several lines come to: the worst of them."""
    found = {line.standing for line in lines}
    order = (Standing.FAILS, Standing.UNKNOWN, Standing.TOLERATES)
    return next((one for one in order if one in found), Standing.NOT_APPLICABLE)


def tally(lines: Sequence[Line]) -> str:
    """`7 of 8`, of those to which it applies."""
    counts = Counter(line.standing for line in lines if line.standing is not Standing.NOT_APPLICABLE)
    return f"{counts[Standing.TOLERATES]} of {counts.total()}" if counts else ""


def grouped(card: Card, integration: str, standing: Standing) -> list[list[Line]]:
    """The lines that stand so, those together that say the same of the same aspect."""
    order = {one.name: number for number, one in enumerate(ASPECTS)}
    groups: dict[tuple[str, str, str | None], list[Line]] = {}
    for line in card.lines:
        if line.integration == integration and line.standing is standing:
            groups.setdefault((line.aspect, line.sentence, line.run), []).append(line)
    return sorted(groups.values(), key=lambda group: order[group[0].aspect])


def _aspect_data(aspect: Aspect) -> dict[str, Any]:
    legality = aspect.legality
    return {
        "name": aspect.name,
        "title": aspect.title,
        "sentence": aspect.sentence,
        "legality": None if legality is None else str(legality),
    }
