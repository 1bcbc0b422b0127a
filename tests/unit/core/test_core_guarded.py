"""Faults of others in every way that they can be wrong: what they do to a draft or a message is looked at first."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.core.dice import Dice
from emulator.core.fault import Copy, Draft, FaultNote, Fields, Hold, Legality, Parcel, Stage, Treatment
from emulator.core.guarded import Guarded, GuardedKind
from emulator.domain.delivery import HoldKind
from emulator.domain.errors import InvalidInput, UserError
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import LONGEST

KIND = "odd"


class Odd:
    """What it does to a draft, or to a parcel, is handed to it."""

    kind = KIND
    legality = Legality.PLAUSIBLE
    every_attempt = True
    stage = Stage.SAID
    refused: Any = None
    described: Any = {}  # noqa: RUF012

    def __init__(self, act: Callable[[Any], Any] = lambda _: None) -> None:
        self.act = act

    @classmethod
    def parse(cls, fields: Fields) -> "Odd":
        fields.duration("spread", 0)
        return cls()

    def describe(self) -> Any:
        return self.described

    def refusal(self, transport: IntegrationType) -> Any:
        return self.refused

    def apply(self, rule: str, draft: Draft, stream: Any) -> Any:
        return self.act(draft)

    @classmethod
    def treat(cls, parcel: Parcel, how: Any) -> Any:
        raise AssertionError("see `treated`")


class Late:
    """A schedule fault that adds a treatment."""

    kind = KIND
    legality = Legality.PLAUSIBLE
    every_attempt = True

    def apply(self, rule: str, draft: Draft, stream: Any) -> None:
        draft.treatments.append(Treatment(fault=KIND, how={}))


def put(name: str, value: Any) -> Callable[[Any], None]:
    return lambda it: setattr(it, name, value)


async def later(_: Any) -> None:
    raise AssertionError("nobody waits for it")


def leaves(_: Any) -> None:
    raise SystemExit(3)


HALF = "\ud800"
DRAFTS: dict[str, tuple[Any, str]] = {
    "no notes": (put("notes", None), "TypeError"),
    "a text for a note": (lambda draft: draft.notes.append("late"), "notes are FaultNotes"),
    "a note of no text": (lambda draft: draft.notes.append(FaultNote("x", KIND, object())), "notes are FaultNotes"),  # type: ignore[arg-type]
    "a note of half a character": (lambda draft: draft.notes.append(FaultNote("x", KIND, HALF)), "surrogates"),
    "no treatments": (put("treatments", None), "TypeError"),
    "a treatment that is none": (lambda draft: draft.treatments.append((KIND, {})), "no attribute 'fault'"),
    "how as a list": (lambda draft: draft.treatments.append(Treatment(fault=KIND, how=[1])), "TypeError"),  # type: ignore[arg-type]
    "another event": (put("event", None), "'delay' makes it late"),
    "another moment": (put("at", 0), "'delay' makes it late"),
    "later than the calendar": (put("delay", LONGEST + 6), "the longest delay is 3650d"),
    "a copy later than the calendar": (put("copies", (Copy(after=10**30, new_job=False),)), "the longest delay"),
    "a number of copies": (put("copies", 3), "not iterable"),
    "copies that are none": (put("copies", (5,)), "copies are Copies"),
    "dropped by a word": (put("dropped", "no"), "'dropped' is True or False"),
    "held by a word": (put("hold", True), "'hold' is a Hold or None"),
    "held by another word": (put("hold", Hold("by hand", "x")), "'hold' is a Hold or None"),  # type: ignore[arg-type]
    "an answer": (lambda draft: draft, "'apply' changes what it is given"),
    "async": (later, "'apply' cannot be async"),
    "an exit": (leaves, "SystemExit: 3"),
}


def draft_of(stage: Any) -> Draft:
    note = FaultNote("before", "delay", "5us late")
    return Draft(
        stage.event(0), "shop", 100, 10, delay=5, notes=[note], treatments=[Treatment(fault="payload", how={})]
    )


@pytest.mark.parametrize("name", DRAFTS)
def test_a_draft_that_would_do_harm_is_given_up(name: str, stage: Any) -> None:
    act, why = DRAFTS[name]
    draft, plain = draft_of(stage), draft_of(stage)
    Guarded(fault=Odd(act), origin="ours 1.0").apply("x", draft, Dice(1).stream("x"))
    note = draft.notes.pop()
    assert note.detail.startswith("failed: ")
    assert why in note.detail
    assert draft == plain


def test_what_is_as_it_should_be_is_taken_over(stage: Any) -> None:
    def act(draft: Draft) -> None:
        draft.delay += LONGEST
        draft.copies = [Copy(after=1, new_job=True)]  # type: ignore[assignment]
        draft.hold = Hold(HoldKind.BY_HAND, "x")
        draft.treatments.insert(0, Treatment(fault=KIND, how={"a": (1, 2)}))

    draft = draft_of(stage)
    Guarded(fault=Odd(act), origin="ours 1.0").apply("x", draft, Dice(1).stream("x"))
    assert (draft.delay, draft.copies) == (5 + LONGEST, (Copy(after=1, new_job=True),))
    assert [treatment.fault for treatment in draft.treatments] == [KIND, "payload"]
    assert [note.rule for note in draft.notes] == ["before"]


def test_a_fault_that_cannot_treat_adds_no_treatments(stage: Any) -> None:
    draft = draft_of(stage)
    Guarded(fault=Late(), origin="ours 1.0").apply("x", draft, Dice(1).stream("x"))  # type: ignore[arg-type]
    assert "it has no 'treat'" in draft.notes[-1].detail
    assert len(draft.treatments) == 1


def treated(act: Callable[[Parcel, Any], Any], how: Any) -> Parcel:
    kind = type("Treating", (Odd,), {"treat": staticmethod(act)})
    parcel = Parcel(payload='{"id":"1"}', before=lambda: None, body=b"{}")
    GuardedKind(fault=kind, origin="ours 1.0").treat(parcel, how)
    return parcel


PARCELS: dict[str, tuple[str, Any, str]] = {
    "no payload": ("payload", None, "'payload' is the text of a JSON object"),
    "a payload in bytes": ("payload", b"{}", "'payload' is the text of a JSON object"),
    "a payload that is a list": ("payload", "[1]", "'payload' is the text of a JSON object"),
    "a payload that is no JSON": ("payload", "not json", "JSONDecodeError"),
    "a payload of half a character": ("payload", f'{{"a":"{HALF}"}}', "surrogates not allowed"),
    "a body that is a text": ("body", "text", "'body' is bytes"),
    "no headers": ("headers", None, "AttributeError"),
    "a header that is a text": ("headers", {"X-A": "text"}, "'headers' have texts for names"),
    "a header with a name in bytes": ("headers", {b"X-A": b"text"}, "'headers' have texts for names"),
    "a word for the wire": ("wire", "reset", "'wire' is a WireFault or None"),
}


@pytest.mark.parametrize("name", PARCELS)
def test_a_message_that_cannot_be_sent_is_told_of_by_the_faults_name(name: str) -> None:
    field, value, why = PARCELS[name]
    with pytest.raises(UserError, match=rf"^the fault 'odd' of ours 1.0 failed: .*{why}"):
        treated(lambda parcel, _: setattr(parcel, field, value), {})


def test_a_message_is_treated_in_place_and_at_once() -> None:
    with pytest.raises(UserError, match="'treat' cannot be async"):
        treated(lambda parcel, _: later(parcel), {})
    with pytest.raises(UserError, match="'treat' changes what it is given"):
        treated(lambda *_: b"{}", {})


def test_how_is_told_as_after_a_restart_and_every_time_the_same() -> None:
    how = {"names": ["a"], "pair": (1, 2)}
    said: list[Any] = []

    def act(_: Parcel, told: Any) -> None:
        said.append(told["pair"])
        told["names"].append("b")

    treated(act, how)
    assert (said, how) == ([[1, 2]], {"names": ["a"], "pair": (1, 2)})


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("described", {"spread": 5}, r"cannot read what its 'describe' writes: spread: '5' is not a duration"),
        ("described", {"spraed": "5s"}, r"cannot read what its 'describe' writes: spraed: unknown key 'spraed'"),
        ("described", None, "cannot read this: TypeError"),
        ("refused", False, "cannot read this: TypeError: 'refusal' answers with a sentence or None, not with False"),
    ],
)
def test_what_could_not_be_read_again_or_asked_is_no_rule(name: str, value: Any, why: str) -> None:
    kind = GuardedKind(fault=type("Told", (Odd,), {name: value}), origin="ours 1.0")
    with pytest.raises(InvalidInput, match=f"^the fault 'odd' of ours 1.0 {why}") as caught:
        kind.parse(Fields({}, "chaos", 0, KIND))
    assert caught.value.path == ("chaos", 0, KIND)
