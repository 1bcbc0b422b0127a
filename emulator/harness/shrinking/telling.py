"""Telling: the smallest that fails as a scenario that says what each of its lines is for, and as a test for pytest."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.core.evidence import Delivered
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.delay import Delay
from emulator.core.faults.drop import Drop
from emulator.core.faults.duplicate import Duplicate
from emulator.core.faults.hold import HoldBack
from emulator.core.faults.outage import Outage
from emulator.core.faults.overlap import Overlap
from emulator.core.verdict import Finding, Verdict
from emulator.domain.event import Event
from emulator.domain.moment import format_duration
from emulator.harness.scenario_run import evidence_of
from emulator.harness.shrinking.commands import Command, Ref
from emulator.harness.shrinking.draft import Draft
from emulator.harness.shrinking.pins import Pin
from emulator.harness.shrinking.shrink import Shrunk
from emulator.loading.case_file import CaseFile
from emulator.loading.scenario_text import scenario_yaml

MARK = "# Shrunk from case "
"""How a file begins that may be written again."""
SUFFIX = "-shrunk"
_MOST_SEEN = 8
_WIDE = 116


def told(shrunk: Shrunk, case: CaseFile, file_name: str) -> str:
    """The scenario's text."""
    drafting, draft = shrunk.drafting, shrunk.draft
    raised = drafting.raised(draft)
    story = _Told(draft, raised, evidence_of(shrunk.trial.played))
    remarks: dict[tuple[str, int], Sequence[str]] = {}
    for place, command in enumerate(draft.commands):
        remarks["steps", place] = _wrapped(story.step(command))
    for place, pin in enumerate(drafting.pins(draft)):
        remarks["chaos", place] = _wrapped(story.fault(pin))
    for place, finding in enumerate(shrunk.trial.judgement.findings):
        remarks["expect", place] = list(_why(finding))
    head = [
        f"{MARK.removeprefix('# ')}{case.name}: {sizes(shrunk)}.",
        f"It fails {shrunk.frequency}.",
        *([] if shrunk.sure else ["It was broken off before it was certain that nothing more can be left out."]),
        f"Play it with: epcc-emulator run {file_name}{_forwarded(case)}",
    ]
    return scenario_yaml(drafting.document(draft), head, remarks)


def sizes(shrunk: Shrunk) -> str:
    """How little of it is enough."""
    before, now = shrunk.whole, shrunk.draft
    return (
        f"{now.events} of {_counted(before.events, 'event')} and {len(now.pins)} of"
        f" {_counted(len(before.pins), 'fault')} are enough"
    )


def tested(shrunk: Shrunk, case: CaseFile, file_name: str) -> str:
    """The text of a module for pytest that plays the scenario of this file, which lies beside it."""
    name = re.sub(r"\W+", "_", case.name.removesuffix(SUFFIX)).strip("_").lower()
    command = shrunk.trial.scenario.receiver.command
    address = case.forward_to if case.forward_to is not None and not case.is_masked else "http://localhost:8000/hook"
    play = f'epcc.play(forward_to=os.environ.get("RECEIVER_URL", {_quoted(address)}))'
    lines = [
        f'"""Shrunk from case {case.name}: it fails until the receiver is right.',
        "",
        f"The scenario in {file_name} says what happens, what goes wrong on the way, and what is expected.",
        '"""',
        "",
        *([] if command is not None else ["import os"]),
        "from pathlib import Path",
        "",
        "import pytest",
        "",
        f"SCENARIO = Path(__file__).with_name({_quoted(file_name)})",
        "",
        "",
        "@pytest.mark.epcc(scenario=str(SCENARIO))",
        f"def test_{name}(epcc):",
        f"    {play if command is None else 'epcc.run()'}",
    ]
    return "\n".join(lines) + "\n"


def _forwarded(case: CaseFile) -> str:
    if case.forward_to is None:
        return ""
    return f" --forward-to {'URL' if case.is_masked else case.forward_to}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What an event is called in a sentence: with its resource where there are several."""

    several: bool

    def of(self, event: Event) -> str:
        return f"{event.key} of {event.resource}" if self.several else event.key


class _Told:
    """Sentences about the steps and rules of a draft. `deliveries` are those of a run of it that failed."""

    def __init__(self, draft: Draft, raised: Mapping[Ref, Event], deliveries: Iterable[Delivered]) -> None:
        self._raised = raised
        self._heard = {key for _, key in draft.observed}
        heard = [event for event in raised.values() if event.key in self._heard]
        self._names = _Names(several=len({event.resource for event in heard}) > 1)
        self._events = {event.identity: event for event in heard}
        self._shared = len({integration for integration, _ in draft.observed}) > 1
        self._deliveries = list(deliveries)

    def step(self, command: Command) -> str:
        events = [event for ref, event in self._raised.items() if ref.command == command.number]
        heard = [self._names.of(event) for event in events if event.key in self._heard]
        others = list(dict.fromkeys(event.key for event in events if event.key not in self._heard))
        unheard = f"nobody observes {_listed(others)}" if others else ""
        if not heard:
            return f"what comes later needs it; {unheard}" if unheard else "what comes later needs it"
        return "; ".join(each for each in (f"delivered: {_listed(heard)}", unheard) if each)

    def fault(self, pin: Pin) -> str:
        events = [self._raised[ref] for ref in pin.events]
        to = f" to {pin.integration}" if self._shared else ""
        name = f"{_listed([self._names.of(event) for event in events])}{to}"
        match pin.fault:
            case Delay.kind:
                return f"{name} comes {format_duration(pin.how['value'])} late{self._overtaken(pin, events[0])}"
            case Duplicate.kind:
                jobs = ", each time as another job" if pin.how.get("identity") == "new_job" else ""
                return f"{name} is sent {pin.how['copies'] + 1} times{jobs}"
            case AckLoss.kind:
                times = "" if pin.how["times"] == 1 else f" {pin.how['times']} times"
                return f"{name} is accepted, but the acknowledgement gets lost{times}, so that it is sent again"
            case Overlap.kind:
                return f"{name} go at the same moment: all are written before any answer is read"
            case Drop.kind:
                return f"{name} is never sent"
            case HoldBack.kind:
                return f"{name} is held, and not released"
            case Outage.kind:
                return f"nobody is there when attempt {pin.attempt} of {name} is made"
            case _:
                how = ", ".join(f"{key} {value}" for key, value in pin.how.items())
                attempt = "every attempt" if pin.attempt is None else f"attempt {pin.attempt}"
                return f"{attempt} of {name} is changed on its way: {pin.fault} {how}".rstrip()

    def _overtaken(self, pin: Pin, event: Event) -> str:
        left = {
            one.event: one.made[0].started_at
            for one in self._deliveries
            if one.integration == pin.integration and one.made
        }
        happened = self._events[event.identity].at
        others = [
            self._names.of(other)
            for identity, other in self._events.items()
            if other.at > happened and left.get(identity, 0) and left[identity] < left.get(event.identity, 0)
        ]
        return f", after {_listed(list(dict.fromkeys(others)))}" if others else ""


def _why(finding: Finding) -> Iterator[str]:
    word = {Verdict.FAIL: "fails", Verdict.PASS: "is met"}.get(finding.verdict, str(finding.verdict))
    yield from _wrapped(f"{word}: {finding.sentence}")
    for line in finding.seen[:_MOST_SEEN]:
        yield f"  {line}"
    if len(finding.seen) > _MOST_SEEN:
        yield f"  and {len(finding.seen) - _MOST_SEEN} lines more"


def _wrapped(sentence: str) -> list[str]:
    """In lines of a bearable length; words are never parted."""
    lines = [""]
    for word in " ".join(sentence.split()).split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= _WIDE:
            lines.append(f"  {word}")
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _quoted(text: Any) -> str:
    """As Python reads it."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
