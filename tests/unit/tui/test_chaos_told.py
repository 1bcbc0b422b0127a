"""Chaos told: rules as they are written, the clock, and what is held."""

from datetime import UTC
from typing import Any

import pytest
import yaml

from emulator.core.rule import Rule
from tui.model.chaos_told import chaos_text, held_cells, holds_text, rule_cells, rule_sentence, time_text
from tui.model.rule_told import match_text, rule_text

WRITTEN: list[dict[str, Any]] = [
    {"id": "a", "drop": {}},
    {"id": "b", "match": {"event": "order.*", "attempt": 2}, "probability": 0.3, "delay": {"value": "5s"}},
    {"id": "c", "match": {"when": "data.name == 'a: b'"}, "times": 3, "after": "10m", "reorder": {"window": 3}},
    {"id": "d", "for": "1h", "payload": {"mode": "omit_field", "path": "data.status"}},
]


@pytest.mark.parametrize("written", WRITTEN, ids=lambda rule: rule["id"])
def test_a_rule_is_told_so_that_it_can_be_written_again(written: dict[str, Any]) -> None:
    rule = Rule.parse(written)
    shown = {**rule.describe(), "legality": rule.legality.value, "source": "added", "hits": 2, "enabled": True}
    again = yaml.safe_load(f"{{{rule_text(shown)}}}")
    assert Rule.parse({"id": written["id"], **again}) == rule


def test_a_switch_is_told_by_a_sign_and_a_word() -> None:
    rule = {"id": "a", "enabled": False, "legality": "hostile", "source": "profile", "hits": 1200, "drop": {}}
    assert rule_cells(rule, ascii_only=False)[0][0] == "○ off"
    assert rule_cells(rule, ascii_only=True)[0][0] == "[ ]"
    assert rule_cells({**rule, "enabled": True}, ascii_only=True)[0][0] == "[x]"
    assert rule_cells(rule, ascii_only=False)[2][0] == "1,200"
    assert rule_sentence(rule) == "a, of the profile, switched off; drop is hostile. drop: {}"


def test_the_profile_says_what_it_does() -> None:
    chaos = {"profile": "jittery", "rules": [{"enabled": True}, {"enabled": False}, {}]}
    assert chaos_text({}, chaos, {"jittery": "Late."}) == "Profile jittery, 2 of 3 rules on. Late."
    assert chaos_text({"profile": "off"}, {}, {}) == "Profile off, 0 of 0 rules on."


def test_the_clock_says_what_comes_next_and_who_waits() -> None:
    status = {
        "clock": "virtual",
        "now": "2026-01-01T00:00:00Z",
        "next_due": "2026-01-01T00:01:30Z",
        "pending": 2,
        "paused": ["shop", "erp"],
    }
    assert time_text(status, UTC) == (
        "Clock virtual: a advances it, s settles; 2026-01-01 00:00:00; next send in 1m30s; 2 pending; paused: shop, erp"
    )
    scaled = {**status, "clock": "scaled", "speed": 60.0, "next_due": status["now"], "paused": ["*"]}
    assert time_text(scaled, UTC) == (
        "Clock scaled ×60: + - and S change it; 2026-01-01 00:00:00; a send is due; 2 pending; everything is paused"
    )
    assert time_text({}, UTC) == ""


def test_what_is_held_is_told_with_why() -> None:
    assert holds_text([], 0) == "Nothing new is held."
    assert holds_text([{"id": "one", "match": {"event": "order.*", "integration": "shop"}}, {"id": "all"}], 1200) == (
        "Holding order.*, integration shop (one); everything (all). 1,200 held"
    )
    send = {
        "number": 7,
        "event": "order:1/order.paid:1",
        "integration": "sh\x1bop",
        "attempt": 2,
        "copy": 1,
        "since": "2026-01-01T00:00:00Z",
        "why": "by hand",
    }
    texts = [text for text, _ in held_cells(3, send, 1_767_225_690_000_000)]
    assert texts == ["3", "7", "order:1/order.paid:1", "sh\\u001bop", "2+1", "1m30s", "by hand"]


def test_nothing_to_match_is_everything() -> None:
    assert match_text({}) == "everything"
