"""Faults that other distributions bring: found by their word, and kept from doing harm when they are not well made."""

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from emulator.cli.main import run
from emulator.core import fault_words
from emulator.core.fault import (
    Copy,
    Draft,
    FaultNote,
    Fields,
    IntegrationType,
    Legality,
    Parcel,
    Stage,
    Stream,
    Treatment,
)
from emulator.core.faults import FAULTS
from emulator.core.rule import Rule
from emulator.domain.errors import InvalidInput, UserError

HERE = "test_core_custom_faults"


class Late:
    """Late, as told."""

    kind = "late"
    legality = Legality.PLAUSIBLE
    every_attempt = False

    def __init__(self, how: Any = 5) -> None:
        self.how = how

    @classmethod
    def parse(cls, fields: Fields) -> "Late":
        how = fields.take("how", 5)
        if how == "unreadable":
            raise KeyError(how)
        if how == "undescribable":
            how = object()
        return cls(how)

    def describe(self) -> dict[str, Any]:
        return {"how": self.how}

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail="late"))
        draft.delay += 1
        match self.how:
            case "raises":
                raise RuntimeError("no\nidea")
            case "half":
                draft.delay = 0.5  # type: ignore[assignment]
            case "back":
                draft.delay = -1
            case "copy":
                draft.copies = (Copy(after=-5, new_job=False),)
            case "stranger":
                draft.treatments.append(Treatment(fault="payload", how={}))
            case "object":
                draft.treatments.append(Treatment(fault=self.kind, how={"an": object()}))
            case _:
                draft.delay = self.how


class Loud(Late):
    """In capitals."""

    kind = "loud"
    stage = Stage.DAMAGED
    short = "how"

    def refusal(self, transport: IntegrationType) -> str | None:
        return "queues are quiet" if transport is IntegrationType.AWS_SQS else None

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        draft.treatments.append(Treatment(fault=self.kind, how={"how": self.how}))

    @classmethod
    def treat(cls, parcel: Parcel, how: Any) -> None:
        if how["how"] == "raises":
            raise ValueError("hoarse")
        parcel.body = parcel.body.upper()


class Moody(Loud):
    def refusal(self, transport: IntegrationType) -> str | None:
        raise RuntimeError("not today")


class Unkind(Late):
    kind = "other"


class Dashed(Late):
    kind = "very-late"


class Matching(Late):
    kind = "match"


class Staged(Loud):
    kind = "staged"
    stage = "said"  # type: ignore[assignment]


class Portless:
    kind = "portless"
    stage = Stage.SAID


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`installed(late=Late)`: the entry points that there are."""

    def install(*points: EntryPoint, **classes: type) -> None:
        found = [*points]
        for name, each in classes.items():
            point = EntryPoint(name=name, group=fault_words.GROUP, value=f"{HERE}:{each.__name__}")
            monkeypatch.setattr(EntryPoint, "load", lambda self: KNOWN[self.value.partition(":")[2]]())
            found.append(point)
        monkeypatch.setattr(fault_words, "entry_points", lambda group: found)
        fault_words.forget_installed()

    yield install
    fault_words.forget_installed()


def _missing() -> type:
    raise ModuleNotFoundError("No module named 'nowhere'")


KNOWN: dict[str, Callable[[], type]] = {
    "Late": lambda: Late,
    "Loud": lambda: Loud,
    "Moody": lambda: Moody,
    "Unkind": lambda: Unkind,
    "Portless": lambda: Portless,
    "Dashed": lambda: Dashed,
    "Matching": lambda: Matching,
    "Staged": lambda: Staged,
    "Missing": _missing,
}


def _planned(stage: Any, rule: dict[str, Any]) -> Any:
    planner = stage.planner().with_rules(stage.rules([rule]), 0)
    (job,) = planner.plan(stage.event(0), stage.integration()).jobs
    return job.sends[0]


def test_a_word_that_is_installed_is_a_fault(installed: Callable[..., None], stage: Any) -> None:
    installed(late=Late)
    assert fault_words.fault_words() == [*FAULTS, "late"]
    send = _planned(stage, {"id": "x", "late": {"how": 7}})
    assert send.due == stage.event(0).at + 7
    assert send.faults == (FaultNote(rule="x", fault="late", detail="late"),)
    rule = Rule.parse({"id": "x", "late": {"how": 7}})
    assert rule.legality is Legality.PLAUSIBLE
    assert Rule.parse(rule.describe()).describe() == rule.describe()
    assert _planned(stage, {"id": "x", "probability": 0, "late": {"how": 7}}).due == stage.event(0).at


@pytest.mark.parametrize("how", ["raises", "half", "back", "copy", "stranger", "object"])
def test_a_fault_that_fails_leaves_the_delivery_as_it_was(installed: Callable[..., None], stage: Any, how: str) -> None:
    installed(late=Late)
    send = _planned(stage, {"id": "x", "late": {"how": how}})
    assert send.due == stage.event(0).at
    assert (send.copy, send.treatments) == (0, ())
    (note,) = send.faults
    assert (note.rule, note.fault) == ("x", "late")
    assert note.detail.startswith("failed: ")
    assert "\n" not in note.detail


def test_a_message_fault_acts_at_its_stage_and_is_refused_where_it_refuses(
    installed: Callable[..., None], stage: Any
) -> None:
    installed(loud=Loud)
    (treatment,) = _planned(stage, {"id": "x", "loud": "very"}).treatments
    assert treatment == Treatment(fault="loud", how={"how": "very"})
    kind = fault_words.fault_kind("loud")
    assert isinstance(kind, fault_words.GuardedKind)
    assert kind.stage is Stage.DAMAGED
    parcel = Parcel(payload="{}", before=lambda: None, body=b"abc")
    kind.treat(parcel, treatment.how)
    assert parcel.body == b"ABC"
    with pytest.raises(UserError, match=r"the fault 'loud' of .* failed: ValueError: hoarse"):
        kind.treat(parcel, {"how": "raises"})
    with pytest.raises(InvalidInput, match="queues are quiet"):
        Rule.parse({"id": "x", "match": {"transport": "aws_sqs"}, "loud": "very"})


@pytest.mark.parametrize(
    ("word", "name", "sentence"),
    [
        ("broken", "Missing", "the fault 'broken' of .* cannot be imported: ModuleNotFoundError: No module"),
        ("unkind", "Unkind", "the fault 'unkind' of .* is 'other' and plausible to its class"),
        (
            "portless",
            "Portless",
            "the fault 'portless' of .* lacks legality, every_attempt, parse, describe, apply, treat",
        ),
        ("staged", "Staged", "the fault 'staged' of .* has no Stage for its stage"),
    ],
)
def test_what_cannot_be_used_is_told_of_by_its_distribution(
    installed: Callable[..., None], word: str, name: str, sentence: str
) -> None:
    installed(
        EntryPoint(name=word, group=fault_words.GROUP, value=f"{HERE}:{name}"),
        late=Late,
    )
    with pytest.raises(InvalidInput, match=sentence) as raised:
        Rule.parse({"id": "x", word: {}}, "chaos", 3)
    assert raised.value.path == ("chaos", 3, word)
    assert Rule.parse({"id": "x", "late": {}}).id == "x"


def test_two_that_bring_the_same_word_are_both_named(installed: Callable[..., None]) -> None:
    installed(
        EntryPoint(name="late", group=fault_words.GROUP, value="one:Late"),
        EntryPoint(name="late", group=fault_words.GROUP, value="two:Late"),
    )
    with pytest.raises(InvalidInput, match="one:Late and two:Late both bring a fault called 'late'"):
        Rule.parse({"id": "x", "late": {}})


def test_one_of_ours_cannot_be_replaced(installed: Callable[..., None]) -> None:
    installed(drop=Late)
    assert fault_words.fault_kind("drop") is FAULTS["drop"]


def test_a_word_with_a_dash_is_explained(installed: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    installed(**{"very-late": Dashed})
    assert run(["chaos", "explain", "very-late"]) == 0
    assert capsys.readouterr().out.startswith("# very-late\n")
    assert run(["chaos", "explain", "ack-loss"]) == 0


def test_a_key_of_every_rule_is_no_fault(installed: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    installed(match=Matching)
    assert Rule.parse({"id": "x", "match": "order.*", "drop": None}).match.event == "order.*"
    assert run(["chaos", "explain"]) == 0
    assert "is called as a key of every rule" in capsys.readouterr().out


def test_what_cannot_be_shown_or_asked_is_no_rule(installed: Callable[..., None]) -> None:
    """`chaos ls` and the planner ask later, and nobody could tell then."""
    installed(late=Late, loud=Moody)
    with pytest.raises(InvalidInput, match=r"the fault 'late' of .* cannot read this: TypeError"):
        Rule.parse({"id": "x", "late": {"how": "undescribable"}})
    with pytest.raises(InvalidInput, match=r"the fault 'loud' of .* cannot read this: RuntimeError: not today"):
        Rule.parse({"id": "x", "loud": {}})


def test_one_that_cannot_be_used_hides_no_other(
    installed: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    installed(EntryPoint(name="broken", group=fault_words.GROUP, value=f"{HERE}:Missing"), loud=Loud)
    assert run(["chaos", "explain"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "cannot be imported: ModuleNotFoundError" in lines["broken"]
    assert "plausible" in lines["loud"]
    assert "documented" in lines["delay"]
    assert run(["chaos", "explain", "loud"]) == 0
    assert "on webhooks, and on queues unless it refuses them" in capsys.readouterr().out


def test_what_it_cannot_read_is_wrong_at_its_place(installed: Callable[..., None]) -> None:
    installed(late=Late)
    with pytest.raises(InvalidInput, match=r"'late' of .* cannot read this: KeyError: 'unreadable'") as raised:
        Rule.parse({"id": "x", "late": {"how": "unreadable"}}, "chaos", 3)
    assert raised.value.path == ("chaos", 3, "late")
    with pytest.raises(InvalidInput, match="unknown fault 'lat'; did you mean 'late'"):
        Rule.parse({"id": "x", "lat": {}})
