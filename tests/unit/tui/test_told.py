"""What a row's columns say: times, states and their signs, faults in short, and what comes next."""

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.dice import Dice
from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT
from emulator.core.faults import FAULTS
from emulator.core.plan import Planner
from emulator.core.rule import Rule
from emulator.domain.delivery import DeliveryState, FaultNote
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from tui.model.arrival import Arrival
from tui.model.clock_text import clock_text
from tui.model.fault_text import fault_text
from tui.model.filter.status import WORDS
from tui.model.row import Row
from tui.model.sign import STATES, Style
from tui.model.told import attempt_text, latency_text, remark, row_attempt, sign_of, status_text, told

SECOND = 1_000_000
SENT = Arrival(delivery=12, attempt=1, copy=0, at=5 * SECOND, succeeded=True)
REFUSED = SENT._replace(succeeded=False)
FAILED = {"arrivals": (REFUSED,), "succeeded": False, "status": 503, "error": "HTTP 503"}
LOST = {
    "arrivals": (REFUSED._replace(lost=True),),
    "succeeded": False,
    "status": None,
    "error": LOST_ACKNOWLEDGEMENT,
    "arrived_at": 2 * SECOND,
}


def row(state: DeliveryState = DeliveryState.SUCCEEDED, **known: Any) -> Row:
    given = {
        "number": 12,
        "event": "order:1/order.paid:1",
        "event_key": "order.paid",
        "resource": "order:1",
        "integration": "shop",
        "job": 1,
        "job_id": "j",
        "created_at": 0,
        **known,
    }
    return Row(state=state, **given)


def test_every_state_has_a_sign_a_word_and_a_style_of_its_own() -> None:
    assert set(STATES) == set(DeliveryState)
    for of in (lambda sign: sign.sign, lambda sign: sign.ascii, lambda sign: sign.word):
        assert len({of(sign) for sign in STATES.values()}) == len(STATES)
    assert all(len(sign.sign) == len(sign.ascii) == 1 and sign.ascii.isascii() for sign in STATES.values())
    assert {sign.style for sign in STATES.values()} <= set(Style)


def test_the_word_that_is_shown_can_be_filtered_by() -> None:
    assert {sign.word for sign in STATES.values()} <= set(WORDS)


def test_a_row_that_went_well() -> None:
    shown = told(
        row(arrivals=(SENT,), succeeded=True, status=200, latency=0.0124, arrived_at=5 * SECOND),
        now=9 * SECOND,
        transport="webhook",
        zone=timezone(timedelta(hours=2)),
    )
    assert shown == (
        "02:00:00.000", "order.paid", "order:1", "shop", "webhook", "#1", "✓", "200", "12ms", "5s", "", "", Style.GOOD
    )  # fmt: skip


def test_a_row_in_ascii() -> None:
    shown = told(
        row(
            DeliveryState.EXHAUSTED,
            attempt=6,
            faults=(FaultNote("r", "duplicate", "sent 3 times, as the same job"),),
            **FAILED,
        ),
        now=0,
        ascii_only=True,
    )
    assert (shown.sign, shown.status, shown.fault, shown.style) == ("x", "503", "duplicate x3", Style.BAD)
    assert "".join(map(str, shown)).isascii()


@pytest.mark.parametrize(
    ("state", "known", "status", "word", "said"),
    [
        (DeliveryState.PLANNED, {"due": 4_800_000}, "planned", "planned", "in 4.8s"),
        (DeliveryState.PLANNED, {"due": 0}, "planned", "planned", ""),
        (DeliveryState.SENDING, {}, "sending", "sending", ""),
        (
            DeliveryState.WAITING,
            {**FAILED, "due": 4_800_000},
            "503",
            "waiting",
            "HTTP 503; again in 4.8s",
        ),
        (DeliveryState.WAITING, {**FAILED, "due": -1}, "503", "waiting", "HTTP 503; again now"),
        (
            DeliveryState.WAITING,
            {**FAILED, "status": None, "error": "nobody"},
            "failed",
            "waiting",
            "nobody; again now",
        ),
        (
            DeliveryState.WAITING,
            {**LOST, "due": SECOND},
            "lost",
            "lost",
            "acknowledgement lost (injected); again in 1s",
        ),
        (DeliveryState.SUCCEEDED, {"succeeded": True}, "ok", "ok", ""),
        (DeliveryState.SUCCEEDED, {**FAILED}, "503", "ok", ""),
        (
            DeliveryState.EXHAUSTED,
            {**FAILED, "attempt": 6},
            "503",
            "failed",
            "HTTP 503; given up after 6 attempts",
        ),
        (DeliveryState.EXHAUSTED, {"error": "nobody"}, "failed", "failed", "nobody; given up"),
        (DeliveryState.CANCELLED, {}, "cancelled", "cancelled", "its integration was disabled or deleted"),
        (DeliveryState.DROPPED, {}, "dropped", "dropped", "never sent"),
        (
            DeliveryState.DROPPED,
            {"faults": (FaultNote("gone", "drop", "never sent"),)},
            "dropped",
            "dropped",
            "never sent: rule gone",
        ),
        (DeliveryState.HELD, {}, "held", "held", "held"),
        (
            DeliveryState.HELD,
            {"faults": (FaultNote("mixed", "reorder", "lets 2 later events pass"),)},
            "held",
            "held",
            "lets 2 later events pass",
        ),
    ],
)
def test_where_a_row_stands_and_what_comes_next(
    state: DeliveryState, known: dict[str, Any], status: str, word: str, said: str
) -> None:
    one = row(state, **known)
    assert (status_text(one), sign_of(one).word, remark(one, 0)) == (status, word, said)


def test_attempts_and_further_sends() -> None:
    assert [attempt_text(2), attempt_text(1, 1)] == ["#2", "#1+1"]
    assert row_attempt(row(attempt=1, arrivals=(SENT,) * 3)) == "#1+2"
    assert row_attempt(row(attempt=2, arrivals=(SENT,))) == "#2"


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0.0, "<1ms"), (0.0009, "<1ms"), (0.0124, "12ms"), (1.25, "1.2s"), (61, "1m01s")]
)
def test_latency(seconds: float | None, text: str) -> None:
    assert latency_text(seconds) == text


def test_clock_times() -> None:
    assert clock_text(1_767_225_600_123_456) == "00:00:00.123"
    assert clock_text(1_767_225_600_123_456, timezone(timedelta(hours=-5))) == "19:00:00.123"
    assert clock_text(-1, UTC) == "23:59:59.999"
    assert clock_text(10**18) == "23:59:59.000"  # beyond the calendar


# Faults


def notes(rule: dict[str, Any]) -> list[FaultNote]:
    """What a rule really notes about an event."""
    integration = Integration(
        key="shop",
        id="i",
        name="shop",
        integration_type=IntegrationType.WEBHOOK,
        observes=("order.paid",),
        configuration=WebhookConfiguration(url="http://127.0.0.1:9"),
        enabled=True,
        created_at=0,
        updated_at=0,
    )
    event = Event(
        identity="order:1/order.paid:1",
        key="order.paid",
        resource="order:1",
        resource_type="order",
        resource_id="1",
        at=0,
        payload='{"data": {"id": "1", "type": "order"}}',
    )
    plan = Planner(dice=Dice(1), rules=[Rule.parse({"id": "r", **rule})]).plan(event, integration)
    found = [*plan.jobs[0].faults, *(note for send in plan.sends for note in send.faults)]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"delay": {"value": "38s"}}, "delay +38s"),
        ({"duplicate": {"copies": 2}}, "duplicate ×3"),
        ({"overlap": {}}, "overlap"),
        ({"reorder": {"mode": "reverse", "window": 3}}, "reorder"),
        ({"drop": {}}, "drop"),
        ({"secret": {"value": "wrong"}}, "secret wrong"),
        ({"connection": "reset"}, "connection reset"),
        ({"connection": "close_early"}, "connection closed"),
        ({"corrupt": {"mode": "truncate"}}, "corrupt"),
    ],
)
def test_what_rules_note_is_told_in_short(rule: dict[str, Any], text: str) -> None:
    assert fault_text(notes(rule)) == text


def test_a_shift_is_told_with_its_length() -> None:
    text = fault_text(notes({"reorder": {"within": "30s"}}))
    assert text.startswith("reorder +")
    assert text[9:-1].replace(".", "").isdecimal()


def test_each_is_told_once_in_its_order() -> None:
    late = FaultNote("a", "delay", "38s late")
    assert fault_text([late, FaultNote("b", "reorder", "lets 1 later event pass"), late]) == "delay +38s, reorder"
    assert fault_text([]) == ""


hostile = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)


@given(hostile, hostile, st.sampled_from([*FAULTS, "\x1b[2J"]), st.sampled_from(DeliveryState))
def test_nothing_that_others_wrote_talks_to_the_terminal(
    name: str, error: str, fault: str, state: DeliveryState
) -> None:
    shown = told(
        row(
            state,
            integration=name,
            resource=name,
            event_key=name,
            error=error,
            succeeded=False,
            faults=(FaultNote(name, fault, error),),
        ),
        now=0,
    )
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for text in shown for character in text)
    assert not any(0xD800 <= ord(character) < 0xE000 for text in shown for character in text)
