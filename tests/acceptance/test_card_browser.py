"""A report card in a browser: by day, by night and on a phone; and every sign leads to its run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from chromium import Page, browsing

from emulator.core.card.aspect import ASPECTS
from emulator.core.card.badge import badge
from emulator.core.card.card import PER_EVENT, Card, Examined, Line, Run
from emulator.core.card.page import card_page
from emulator.core.card.standing import Standing
from emulator.core.verdict import Verdict
from emulator.domain.catalog import CATALOG

pytestmark = pytest.mark.slow
HOSTILE = "<img src=x onerror='window.ran=1'></style><script>window.ran=1</script>"
GROUND = "getComputedStyle(document.body).backgroundColor"
OVERFLOWS = """document.documentElement.scrollWidth > innerWidth
    || [...document.querySelectorAll('.findings li, h1, h2, .keys')].some(
        one => one.getBoundingClientRect().right > innerWidth)"""


def whole_card() -> Card:
    """Every event type there is, and every standing."""
    standings = list(Standing)
    lines = [
        Line(
            integration="shop",
            event=event,
            aspect=aspect.name,
            standing=standings[(row * 5 + column) % 7 % 4],
            sentence=HOSTILE,
            run=aspect.name,
        )
        for row, event in enumerate(CATALOG)
        for column, aspect in enumerate(PER_EVENT)
    ]
    runs = {
        one.name: Run(name=one.name, description="", verdict=Verdict.PASS, reproduce=f"epcc-emulator run {one.name}")
        for one in ASPECTS
    }
    return Card(
        scenario=HOSTILE,
        seed=1,
        version="0",
        integrations=[Examined("shop", "webhook")],
        lines=lines,
        runs=runs,
        remarks=[HOSTILE],
    )


def test_it_is_drawn_by_day_by_night_and_on_a_phone_and_leads_to_the_runs(
    require: Callable[[str], str], tmp_path: Path
) -> None:
    file, drawn = tmp_path / "report-card.html", tmp_path / "badge.svg"
    file.write_text(card_page(whole_card()), encoding="utf-8")
    drawn.write_text(badge(whole_card()), encoding="utf-8")
    run = tmp_path / "runs" / "duplicates.html"
    run.parent.mkdir()
    run.write_text("<title>The run</title>", encoding="utf-8")

    async def body(page: Page) -> None:
        await page.open(file.as_uri())
        by_day = await page.picture("card-day")
        assert await page.value(GROUND) == "rgb(255, 255, 255)"
        await page.media("dark")
        assert await page.value(GROUND) == "rgb(13, 17, 23)"
        assert await page.picture("card-night") != by_day
        await page.media()
        await page.width(390)
        assert not await page.value(OVERFLOWS)
        await page.picture("card-phone")
        assert await page.value("window.ran === undefined && document.scripts.length === 0")
        assert await page.value("document.querySelectorAll('img').length") == 0
        assert page.complaints == []
        assert page.asked_for == {file.as_uri()}
        cells = await page.value("document.querySelectorAll('.grid td a').length")
        assert cells == len(CATALOG) * len(PER_EVENT)
        await page.open(await page.value("document.querySelector('.grid td:nth-of-type(2) a').href"))
        assert await page.value("document.title") == "The run"
        await page.open(drawn.as_uri())
        await page.picture("card-badge")
        assert await page.value("document.querySelector('title').textContent.startsWith('integration events')")
        assert page.complaints == []

    browsing(require("chromium"), tmp_path / "profile", body)
