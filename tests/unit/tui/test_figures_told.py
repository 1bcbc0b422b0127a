"""Figures as people read them, and moments as they type them."""

from datetime import UTC

import pytest

from emulator.domain.errors import InvalidInput
from emulator.domain.moment import parse_instant
from tui.model.figures_told import (
    clock_told,
    rate_text,
    rates_text,
    rules_told,
    share_style,
    share_text,
    spans_text,
    states_told,
)
from tui.model.moment_line import go_to, length_text
from tui.model.reel import Reel
from tui.model.statistics import Rate
from tui.model.window import Window

SECOND = 1_000_000
NOON = parse_instant("2026-01-01T12:00:00Z")


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "0"), (0.02, "0.1"), (0.44, "0.4"), (12.34, "12.3"), (1446.2, "1,446"), (99.96, "100.0")]
)
def test_a_rate(rate, text):
    assert rate_text(rate) == text


def test_rates_are_told_by_both_clocks_where_there_are_two():
    assert rates_text(Rate(emulated=1.0, wall=60.0), real=True) == "1.0/s"
    assert rates_text(Rate(emulated=1.0, wall=60.0), real=False) == "1.0/s emulated, 60.0/s on the wall"


@pytest.mark.parametrize(
    ("share", "text", "style"),
    [
        (None, "–", "quiet"),
        (1, "100%", "good"),
        (0.99999, "99.9%", "warn"),
        (0.9, "90.0%", "warn"),
        (0.5, "50.0%", "bad"),
        (0.00001, "0.1%", "bad"),
        (0, "0%", "bad"),
    ],
)
def test_a_share_is_all_or_nothing_only_when_it_is(share, text, style):
    assert (share_text(share), share_style(share)) == (text, style)


def test_spans():
    assert spans_text(0, 900, 12_000, 1_200_000, None) == "0ms / <1ms / 12ms / 1.2s / –"


def test_where_deliveries_stand(story):
    window = Window()
    for number in story.event(to=("shop", "erp", "crm")):
        story.attempt(number, status=200 if number < 3 else 500)
    for record in story.records:
        window.tell(record)
    found = {standing.word: standing.many for standing in states_told(window.rows.values())}
    assert found == {"planned": 0, "held": 0, "sending": 0, "waiting": 1, "ok": 2, "failed": 0}
    assert all(standing.sign.isascii() for standing in states_told(window.rows.values(), ascii_only=True))


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"clock": "virtual", "next_due": None}, "virtual, 2026-01-01 12:00:00.0; nothing is due"),
        (
            {"clock": "scaled", "speed": 60.0, "next_due": "2026-01-01T12:00:04Z"},
            "scaled ×60, 2026-01-01 12:00:00.0; next send in 4s",
        ),
        ({"clock": "real", "next_due": "2026-01-01T11:00:00Z"}, "real, 2026-01-01 12:00:00.0; a send is due"),
        ({"clock": "virtual", "saved": True}, "2026-01-01 12:00:00.0"),
    ],
)
def test_the_clock(status, text):
    assert clock_told(status, NOON, UTC) == text


def test_rules_in_force():
    rules = [{"id": "late", "hits": 1200}, {"id": "off", "enabled": False}, {"id": "new\x07"}]
    assert list(rules_told({"rules": rules})) == ["late 1,200×", "new\\u0007"]
    assert list(rules_told({})) == []


@pytest.fixture
def reel(story):
    story.at = NOON - SECOND
    window = Window()
    reel = Reel(window)
    for number in range(60):
        story.event(f"order:{number}/order.paid:1")
    for record in story.records:
        reel.tell(window.tell(record))
    return reel


@pytest.mark.parametrize(
    ("line", "record"),
    [
        ("1", 1),
        ("#17", 17),
        ("999", 120),
        ("start", 0),
        (" end ", 120),
        ("12:00:30", 31),
        ("12:01", 61),
        ("12:00:30.5", 31),
        ("23:00:00", 120),
        ("00:00", 1),
        ("-30s", 90),
        ("+5m", 120),
        ("2026-01-01T12:00:10Z", 11),
    ],
)
def test_a_moment_as_it_is_typed(reel, line, record):
    go_to(line, reel, UTC)
    assert reel.where.record == record


@pytest.mark.parametrize("line", ["", "tomorrow", "25:00", "12:60", "+5", "2026-13-01T00:00:00Z", "+" + "9" * 30 + "h"])
def test_what_is_no_moment_is_said_and_changes_nothing(reel, line):
    with pytest.raises(InvalidInput):
        go_to(line, reel, UTC)
    assert reel.at_end


def test_a_length():
    assert length_text(751_449_999) == "00:12:31.4"
    assert length_text(0) == "00:00:00.0"
