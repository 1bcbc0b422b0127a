"""A run's page: what it says, and that every text in it is a text."""

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.report.markup import Markup, joined, tag
from emulator.core.report.page import report_page
from emulator.core.report.run_report import RunReport
from emulator.core.report.timeline import KINDS, timeline
from emulator.core.report.way import way_to

VOID = {"meta", "input", "col", "br"}


class Reader(HTMLParser):
    """What a page holds: its elements by name, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.said).split())


def attempt(second: int, number: int = 1, *, ok: bool = True, fault: str = "", **more: Any) -> dict[str, Any]:
    faults = [{"rule": "r", "fault": fault, "detail": f"{fault} it", "legality": "hostile"}] if fault else []
    return {
        "attempt": number,
        "copy": 0,
        "started_at": f"2026-01-01T00:00:{second:02d}.000000Z",
        "succeeded": ok,
        "status": 200 if ok else None,
        "body": "",
        "error": None if ok else "No answer came",
        "faults": faults,
        **more,
    }


def delivery(number: int, *attempts: dict[str, Any], state: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "event": f"order:{number}/order.paid:1",
        "event_key": "order.paid",
        "resource": f"order:{number}",
        "integration": "shop",
        "created_at": f"2026-01-01T00:00:{number:02d}.000000Z",
        "state": state,
        "attempts_made": list(attempts),
        "attempts_total": len(attempts),
        "faults": [],
        "request": {"body": {"id": f"job-{number}"}},
        **more,
    }


BAD_DAY = RunReport(
    scenario="late",
    seed=42,
    version="1.2.3",
    settled=True,
    description="Some come late",
    verdict="fail",
    findings=[
        {
            "expectation": f"expectation {verdict}",
            "place": "late.yaml:7:5",
            "verdict": verdict,
            "sentence": f"It is {verdict}.",
            "nearest": "something near",
            "deliveries": [2],
            "seen": ["a line"],
        }
        for verdict in ("pass", "inconclusive", "fail")
    ],
    remarks=["Timers are not covered."],
    reproduce="epcc-emulator run late --seed 42",
    events=[
        {
            "identity": f"order:{n}/order.paid:1",
            "key": "order.paid",
            "resource": f"order:{n}",
            "at": f"2026-01-01T00:00:0{n}Z",
        }
        for n in (1, 2, 9)
    ],
    deliveries=[
        delivery(1, attempt(20, fault="delay")),
        delivery(2, attempt(3, ok=False, body="<b>down</b>"), attempt(9, 2)),
        delivery(3, attempt(4, ok=False, fault="ack_loss"), attempt(8, 2)),
        delivery(
            4,
            state="dropped",
            faults=[{"rule": "gone", "fault": "drop", "detail": "never sent", "legality": "hostile"}],
        ),
        delivery(5, attempt(5)),
    ],
)


def test_it_says_the_verdict_first_and_how_to_see_it_again() -> None:
    text = Reader(report_page(BAD_DAY)).text
    assert (
        text.index("✗ failed")
        < text.index("Some come late")
        < text.index("Reproduce with: epcc-emulator run late --seed 42")
    )
    assert text.index("It is fail.") < text.index("It is inconclusive.") < text.index("It is pass.")
    assert "Timers are not covered." in text
    assert "seed 42 · 3 events · 5 deliveries · 6 attempts" in text


@pytest.mark.parametrize(
    ("verdict", "word"), [("pass", "✓ passed"), ("inconclusive", "? inconclusive"), ("", "▸ played")]
)
def test_every_verdict_has_a_sign_and_a_word(verdict: str, word: str) -> None:
    assert Reader(report_page(replace(BAD_DAY, verdict=verdict, findings=()))).text.startswith(
        f"late: {word.partition(' ')[2]}{word}"
    )


def test_a_run_that_did_not_settle_says_so() -> None:
    assert "the time limit passed" in report_page(replace(BAD_DAY, settled=False))


def test_every_delivery_has_a_row_with_its_attempts_and_faults() -> None:
    page = report_page(BAD_DAY)
    ids = [value for name, attribute, value in Reader(page).attributes if (name, attribute) == ("tr", "id")]
    assert ids == ["d1", "d2", "d3", "d4", "d5"]
    text = Reader(page).text
    assert "#1 2s failedNo answer came" in text
    assert "<b>down</b>" in text
    assert "gone never sent hostile" in text
    assert "job-5" in text


def test_every_rule_is_told_with_what_it_did() -> None:
    rows = Reader(report_page(BAD_DAY)).text
    for told in ("gonedrop hostile1never sent", "rack_loss hostile1ack_loss it", "rdelay hostile1delay it"):
        assert told in rows


def test_an_event_of_which_nobody_was_told_is_there() -> None:
    assert "order.paidorder:9nobody" in Reader(report_page(BAD_DAY)).text


def test_the_way_tells_what_overtook_what() -> None:
    way = way_to(BAD_DAY, "shop")
    assert [(arrival.number, arrival.kind, arrival.behind) for arrival in way.arrivals] == [
        (2, "failed", 0),
        (3, "lost", 0),
        (5, "order", 0),
        (3, "again", 2),
        (2, "again", 3),
        (1, "late", 4),
    ]
    assert way.never == [3]
    assert dict(way.counts) == {"failed": 1, "lost": 1, "order": 1, "again": 2, "late": 1}


def test_few_are_drawn_as_lines_that_lead_to_their_rows_and_many_as_marks() -> None:
    few = timeline(way_to(BAD_DAY, "shop"), BAD_DAY.began)
    assert few.count('<a href="#d') == 6
    assert all(word in few for word in KINDS.values())
    many = replace(BAD_DAY, deliveries=[delivery(1 + n % 59, attempt(n % 60)) for n in range(100)])
    drawn = timeline(way_to(many, "shop"), many.began)
    assert "<a " not in drawn
    assert "<path" in drawn


def test_a_run_in_which_nothing_happened_has_a_page() -> None:
    text = Reader(report_page(replace(BAD_DAY, deliveries=(), events=(), findings=(), remarks=()))).text
    assert "Nobody observed what happened." in text
    assert "No rule acted on anything." in text


def test_what_is_sent_is_left_out_when_there_is_no_room() -> None:
    long = {"body": {"text": "x" * 3_900}}
    many = [delivery(1 + n % 59, attempt(1), request=long) for n in range(600)]
    page = report_page(replace(BAD_DAY, deliveries=many))
    assert 300 < page.count("what is sent") < 600
    assert len(page) < 4_000_000


def test_it_loads_nothing_and_allows_its_own_script_alone() -> None:
    page = report_page(BAD_DAY)
    reader = Reader(page)
    assert not [found for found in reader.attributes if found[1] in ("src", "srcset", "action", "data")]
    assert all(str(value).startswith("#d") for _, name, value in reader.attributes if name == "href")
    assert reader.names.count("script") == 1
    policy = next(
        str(value) for _, name, value in reader.attributes if name == "content" and "default-src" in str(value)
    )
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert "url(" not in page
    assert "@import" not in page


def test_the_same_run_is_the_same_page() -> None:
    assert report_page(BAD_DAY) == report_page(BAD_DAY)


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_a_text_is_shown_as_it_is(text: str) -> None:
    reader = Reader(tag("p", text, title=text))
    assert reader.names == ["p"]
    assert "".join(reader.said) == text
    assert reader.attributes == [("p", "title", text)]


@given(text=st.text(alphabet=st.characters(exclude_categories=[])))
def test_whatever_anybody_says_the_page_is_the_same_but_for_its_text(text: str) -> None:
    told = replace(
        BAD_DAY,
        scenario=text,
        description="d" + text,
        reproduce="r" + text,
        remarks=[text],
        deliveries=[
            delivery(
                1, attempt(2, ok=False, error="e" + text, body="b" + text, faults=[]), resource=text, event_key=text
            )
        ],
    )
    plain = replace(
        told,
        scenario="a",
        description="da",
        reproduce="ra",
        remarks=["a"],
        deliveries=[delivery(1, attempt(2, ok=False, error="ea", body="ba", faults=[]), resource="a", event_key="a")],
    )
    page = report_page(told)
    page.encode("utf-8")
    assert Reader(page).names == Reader(report_page(plain)).names


def test_markup_is_not_escaped_twice() -> None:
    assert joined(tag("b", "<"), "<", 1, None) == Markup("<b>&lt;</b>&lt;1")
    assert tag("input", hidden=True, checked=False, title='"') == '<input hidden title="&quot;">'
