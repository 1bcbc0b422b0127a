"""How a card looks: as text of eighty columns, as a page, as a badge; and that every text in it is a text."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from emulator.core.card.aspect import ASPECTS
from emulator.core.card.badge import badge, endpoint
from emulator.core.card.card import PER_EVENT, Card, Examined, Line, Run, grouped, overall, tally
from emulator.core.card.page import card_page
from emulator.core.card.standing import Standing
from emulator.core.card.text import WIDTH, card_text
from emulator.core.verdict import Verdict

LONGEST = "one-time-password-token-request.created"
HOSTILE = "<script>alert(1)</script>"
FINE, BAD, UNKNOWN, NOT = Standing


def a_line(event: str | None, aspect: str, standing: Standing = FINE, sentence: str = "fine") -> Line:
    run = None if standing is NOT else aspect
    return Line(integration="shop", event=event, aspect=aspect, standing=standing, sentence=sentence, run=run)


def a_card(*odd: Line, events: tuple[str, ...] = ("order.created", "order.paid", LONGEST)) -> Card:
    """All is well but for these lines."""
    lines = [a_line(event, one.name) for event in events for one in PER_EVENT] + [a_line(None, "new-events")]
    instead = {(line.event, line.aspect): line for line in odd}
    runs = {
        one.name: Run(
            name=one.name,
            description=one.sentence,
            verdict=Verdict.PASS,
            reproduce=f"epcc-emulator run .epcc-emulator/report-card/runs/{one.name}.yaml",
        )
        for one in ASPECTS
    }
    return Card(
        scenario="desk",
        seed=7,
        version="1",
        integrations=[Examined("shop", "webhook")],
        lines=[instead.get((line.event, line.aspect), line) for line in lines],
        runs=runs,
        remarks=["Not examined: integration.created, because of something that takes more than one line to say here."],
    )


CLEAN = a_card()
MIXED = a_card(
    a_line("order.paid", "duplicates", BAD, "$.mails is 2 in place of 1"),
    a_line(LONGEST, "duplicates", BAD, "$.mails is 2 in place of 1"),
    a_line("order.paid", "late", UNKNOWN, "the time limit passed"),
    a_line(LONGEST, "out-of-order", NOT, "nothing else happens to the same resource"),
)
DOUBTFUL = a_card(a_line("order.paid", "late", UNKNOWN, "the time limit passed"))


def test_the_verdict_is_that_of_the_worst_line() -> None:
    assert [card.verdict for card in (CLEAN, MIXED, DOUBTFUL)] == [Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE]
    assert replace(CLEAN, lines=[]).verdict is Verdict.INCONCLUSIVE
    assert tally(MIXED.of("shop", ASPECTS[1])) == "1 of 3"
    assert overall([]) is NOT


def test_the_text_has_eighty_columns_and_a_sign_for_every_line() -> None:
    text = card_text(MIXED)
    for line in text.splitlines():
        assert len(line) <= WIDTH or line.startswith("    Reproduce with: "), line
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if re.match(r"\S+\.\S+  ", line)}
    assert rows["order.created"] == ["✓"] * len(PER_EVENT)
    columns = [one.name for one in PER_EVENT]
    assert rows["order.paid"][columns.index("duplicates")] == "✗"
    assert rows["order.paid"][columns.index("late")] == "?"
    assert rows[LONGEST][columns.index("out-of-order")] == "–"
    assert "b ✗ duplicates                1 of 3    documented" in text


def test_the_text_says_once_what_several_event_types_have_in_common() -> None:
    text = card_text(MIXED)
    assert text.count("$.mails is 2 in place of 1") == 1
    assert f"✗ duplicates: order.paid, {LONGEST}\n" in text
    assert "    Reproduce with: epcc-emulator run .epcc-emulator/report-card/runs/duplicates.yaml\n" in text
    assert [len(group) for group in grouped(MIXED, "shop", BAD)] == [2]
    assert "Reproduce" not in card_text(CLEAN)


def test_what_does_not_apply_says_why() -> None:
    events = ("order.created", "order.paid")
    odd = [a_line(event, "wrong-secret", NOT, "a queue's messages carry no secret") for event in events]
    assert "k – rejects a wrong secret    a queue's messages carry no secret\n" in card_text(
        a_card(*odd, events=events)
    )


def test_colours_come_on_top() -> None:
    painted = card_text(MIXED, lambda standing, text: f"<{standing.name}>{text}</>")
    assert re.sub(r"<[A-Z_]+>|</>", "", painted) == card_text(MIXED)
    assert "<FAILS>✗</>" in painted


def test_the_json_has_a_run_and_a_command_for_every_line() -> None:
    document = json.loads(json.dumps(MIXED.document()))
    assert document["verdict"] == "fail"
    assert len(document["lines"]) == 3 * len(PER_EVENT) + 1
    for line in document["lines"]:
        assert (line["run"] is None) == (line["standing"] == "not applicable")
        assert (line["reproduce"] or "epcc-emulator run").startswith("epcc-emulator run")
    assert document["aspects"][1] == {
        "name": "duplicates",
        "title": "duplicates",
        "sentence": "the same attempt comes twice",
        "legality": "documented",
    }


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_needs_nothing_else_and_links_every_cell_to_its_run() -> None:
    found = Elements(card_page(MIXED)).found
    names = {name for name, _ in found}
    assert not names & {"script", "img", "link", "iframe", "object", "form", "base"}
    links = [attributes["href"] for name, attributes in found if name == "a"]
    assert all(re.fullmatch(r"runs/[\w.-]+\.(html|yaml)", str(link)) for link in links)
    cells = [attributes for name, attributes in found if name == "a" and "aria-label" in attributes]
    assert len(cells) == 3 * len(PER_EVENT) - 1
    policy = next(attributes for _, attributes in found if attributes.get("http-equiv") == "Content-Security-Policy")
    assert str(policy["content"]).startswith("default-src 'none'")


def test_nothing_that_anybody_says_is_markup() -> None:
    card = replace(a_card(a_line("order.paid", "late", BAD, HOSTILE)), scenario=HOSTILE, remarks=[HOSTILE])
    assert HOSTILE not in card_page(card)
    assert "&lt;script&gt;" in card_page(card)


@pytest.mark.parametrize(
    ("card", "said", "colour"),
    [
        (CLEAN, f"✓ {len(ASPECTS)} of {len(ASPECTS)}", "brightgreen"),
        (MIXED, f"✗ {len(ASPECTS) - 2} of {len(ASPECTS)}", "red"),
        (DOUBTFUL, f"? {len(ASPECTS) - 1} of {len(ASPECTS)}", "yellow"),
    ],
)
def test_the_badge_says_how_much_is_well(card: Card, said: str, colour: str) -> None:
    assert endpoint(card) == {
        "schemaVersion": 1,
        "label": "integration events",
        "message": said,
        "color": colour,
    }
    drawn = ElementTree.fromstring(badge(card))
    assert drawn.attrib["aria-label"] == f"integration events: {said}"
    assert said in "".join(drawn.itertext())
    assert "http" not in badge(card).replace('xmlns="http://www.w3.org/2000/svg"', "")
