"""What the tabs say, out of what a server says."""

import pytest

from emulator.core.masking import mask
from tui.client import Client
from tui.desk import Desk
from tui.session import Session
from tui.widgets.detail.attempts_sheet import attempts_sheet
from tui.widgets.detail.diff_sheet import diff_sheet
from tui.widgets.detail.fault_sheet import as_written, fault_sheet, noted
from tui.widgets.detail.request_sheet import request_sheet, unmasked
from tui.widgets.detail.response_sheet import response_sheet
from tui.widgets.detail.tab import Subject
from tui.widgets.detail.telling import Telling
from tui.widgets.detail.why_sheet import why_sheet

SECRET = "sesame-123456"
LATE = {"rule": "late", "fault": "delay", "detail": "5s late"}
LOST = {"rule": "acks", "fault": "ack_loss", "detail": "the receiver's answer is lost"}


@pytest.fixture
def desk():
    session = Session()
    session.status = {"now": "2026-01-01T00:00:10.000000Z", "clock": "virtual"}
    session.integrations = {"shop": {"key": "shop", "configuration": {"secret_key": SECRET}}}
    session.chaos = {
        "rules": [
            {
                "id": "late",
                "probability": 0.3,
                "delay": {"value": "5s"},
                "legality": "documented",
                "source": "profile",
                "hits": 2,
            }
        ]
    }
    return Desk(client=Client("http://127.0.0.1:1"), session=session)


def attempt(number=1, copy=0, at="2026-01-01T00:00:05.000000Z", **more):
    answered = {"status": 200, "body": "", "error": None, "processing_time": 0.012, "faults": [], "succeeded": True}
    return {"attempt": number, "copy": copy, "started_at": at, **answered, **more}


def telling(**more):
    delivery = {
        "number": 1,
        "event": "order:1/order.paid:1",
        "integration": "shop",
        "attempts": 1,
        "request": None,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "attempts_made": [],
        "sends": [],
        "faults": [],
        **more,
    }
    delivery.setdefault("attempts_total", len(delivery["attempts_made"]))
    return Telling(subject=Subject("order:1/order.paid:1", 1), delivery=delivery)


def text(sheet):
    sheet.fit(100)
    return ["".join(piece.text for piece in line) for line in sheet.lines(0, len(sheet))]


def request():
    hidden = mask(SECRET)
    return {
        "method": "POST",
        "url": "http://127.0.0.1:9/hook",
        "headers": {"X-MOLTIN-SECRET-KEY": hidden},
        "body": {"id": "job", "configuration": {"secret_key": hidden}, "payload": {"note": hidden}},
    }


def test_the_secret_is_masked_until_it_is_asked_for_and_it_says_so(desk):
    masked = text(request_sheet(telling(request=request()), desk, secret=False))
    assert SECRET not in "\n".join(masked)
    assert "The secret is masked; u shows it." in masked
    open_ = text(request_sheet(telling(request=request()), desk, secret=True))
    assert "X-MOLTIN-SECRET-KEY: sesame-123456" in open_
    assert "The secret is shown; u masks it." in open_


def test_only_where_the_secret_stands_is_it_put_back():
    shown = unmasked(request(), SECRET)
    assert shown["headers"]["X-MOLTIN-SECRET-KEY"] == SECRET
    assert shown["body"]["configuration"]["secret_key"] == SECRET
    assert shown["body"]["payload"]["note"] == mask(SECRET), "a payload of the same looks is nobody's secret"
    broken = unmasked({**request(), "body": f'{{"secret_key":"{mask(SECRET)}"'}, SECRET)
    assert broken["body"] == f'{{"secret_key":"{SECRET}"'


def test_an_integration_that_is_gone_is_said_to_be(desk):
    assert "cannot be sent to" in text(request_sheet(telling(), desk, secret=False))[0]


def test_answers_are_shown_newest_first_json_as_json(desk):
    made = [
        attempt(2, body='{"ok": true}'),
        attempt(1, status=500, body="Internal\x1b[2J error", error="Received a status code", succeeded=False),
    ]
    sheet, begin = response_sheet(telling(attempts_made=made, attempts_total=9), desk)
    lines = text(sheet)
    assert begin == 0
    assert lines[0] == "Attempt 2: answered 200, took 12ms, left at 00:00:05.000"
    assert '"ok": true' in lines[2]
    assert "Internal\\u001b[2J error" in lines
    assert "(an empty body)" not in lines
    assert lines[-1] == "… and 7 older ones"
    assert text(response_sheet(telling(), desk)[0]) == ["No attempt has ended yet."]


def test_attempts_are_told_with_the_waits_between_them_and_what_is_to_come(desk):
    lines = text(
        attempts_sheet(
            telling(
                attempts_made=[
                    attempt(
                        2, at="2026-01-01T00:00:09.000000Z", status=None, faults=[LOST], succeeded=False, error="lost"
                    ),
                    attempt(1, status=503, succeeded=False, error="no"),
                ],
                sends=[
                    {"attempt": 3, "copy": 0, "due": "2026-01-01T00:00:40.000000Z", "held": None},
                    {"attempt": 3, "copy": 1, "due": None, "held": "by hand"},
                ],
            ),
            desk,
        )
    )
    assert [line.strip() for line in lines] == [
        "00:00:00.000  the event happened",
        "5s later",
        "00:00:05.000  ✗ 503  attempt 1  took 12ms  no",
        "4s later",
        "00:00:09.000  ⚠ lost  attempt 2  took 12ms  lost",
        "to come       attempt 3 copy 1  whenever it is let go  held (by hand)",
        "to come       attempt 3  due in 30s, at 00:00:40.000",
    ]


def test_each_thing_that_a_rule_did_is_told_once_with_the_sends_it_was_done_to():
    told = list(noted(telling(faults=[LATE], attempts_made=[attempt(1, faults=[LATE, LOST])]).delivery))
    assert [(note["rule"], sends) for note, sends in told] == [("late", ["attempt 1"]), ("acks", ["attempt 1"])]


def test_a_fault_is_told_with_its_rule_how_legal_it_is_and_where_the_provider_says_so(desk):
    drawn = {**LATE, "draw": 0.125, "probability": 0.3, "legality": "documented"}
    lines = text(fault_sheet(telling(faults=[drawn], attempts_made=[attempt(1, faults=[drawn, LOST])]), desk))
    assert lines[:5] == [
        "delay by rule late",
        "  5s late",
        "  documented: the provider's text allows it",
        "  on attempt 1 (drew 0.125000)",
        "  what was drawn was below its probability of 0.3",
    ]
    assert any(line.startswith("  The provider: ") for line in lines)
    assert "    id: late" in lines
    assert "    hits: 2" not in lines
    assert "  This rule is no longer in force." in lines, "the other one is not among the rules any more"
    assert text(fault_sheet(telling(), desk)) == ["No rule has touched this delivery."]


def test_a_rule_is_written_without_what_the_server_adds():
    assert (
        as_written({"id": "x", "drop": {}, "hits": 3, "source": "user", "legality": "hostile"}) == "id: x\ndrop: {}\n"
    )


def test_why_is_told_for_each_integration_with_its_verdict(desk):
    known = telling()
    known.why = {
        "data": [
            {
                "integration": "shop",
                "verdict": "waiting",
                "text": "attempt 1 failed",
                "delivery": 1,
                "due": "2026-01-01T00:00:40.000000Z",
            },
            {
                "integration": "erp",
                "verdict": "not_observed",
                "text": "does not observe it",
                "delivery": None,
                "due": None,
            },
        ],
        "text": None,
    }
    assert [line for line in text(why_sheet(known, desk)) if line] == [
        "shop: waiting #1, in 30s",
        "  attempt 1 failed",
        "erp: not observed",
        "  does not observe it",
    ]
    known.why = {"data": [], "text": "nothing goes anywhere"}
    assert text(why_sheet(known, desk)) == ["nothing goes anywhere"]


def test_a_tab_that_waits_for_a_comparison_says_so():
    assert text(diff_sheet(telling())) == ["Nothing was compared yet."]
