"""A run's page in a browser: drawn by day and by night, on a phone and on paper; sorted, sifted, and run by nobody."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromium import Page, browsing

from emulator.core.report.page import report_page
from emulator.core.report.run_report import RunReport

pytestmark = pytest.mark.slow
MANY = 5_000
USABLE = 5_000  # milliseconds, on a busy machine
HOSTILE = (
    "<script>window.ran=1</script>",
    "<img src=x onerror='window.ran=1'>",
    "</style></title></script><svg onload=window.ran=1>",
    '" onmouseover="window.ran=1" x="\' onfocus=\'window.ran=1',
    "javascript:window.ran=1",
    "{{7*7}}\u202e\x00\ud800 &lt;b&gt;",
)


def delivery(number: int, *, word: str = "", ok: bool = True, late: int = 0) -> dict[str, Any]:
    second, milli = divmod(number * 7 + late, 1000)
    at = f"2026-01-01T00:{second // 60:02d}:{second % 60:02d}.{milli:03d}000Z"
    faults = [{"rule": f"late{word}", "fault": "delay", "detail": f"{late}ms late{word}", "legality": "documented"}]
    attempt = {
        "attempt": 1,
        "copy": 0,
        "started_at": at,
        "succeeded": ok,
        "status": 200 if ok else 503,
        "body": "" if ok else f"no{word}",
        "error": None if ok else f"Refused{word}",
        "faults": faults if late else [],
    }
    return {
        "number": number,
        "event": f"order:{number}{word}/order.paid:1",
        "event_key": f"order.paid{word}",
        "resource": f"order:{number}{word}",
        "integration": f"shop{word}",
        "created_at": "2026-01-01T00:00:00.000000Z",
        "state": "succeeded" if ok else "exhausted",
        "attempts_made": [attempt],
        "attempts_total": 1,
        "faults": [],
        "request": {"body": {"id": f"job-{number}", "name": word}},
    }


def report(count: int) -> RunReport:
    some = [delivery(number, ok=number % 10 != 0, late=(number * 7919) % 300) for number in range(1, count + 1)]
    finding = {
        "expectation": "never: {event: order.paid}",
        "place": "late.yaml:7:5: expect[0]",
        "verdict": "fail",
        "sentence": "Nothing was expected, and one came.",
        "nearest": None,
        "deliveries": [2],
        "seen": [],
    }
    return RunReport(
        scenario="late",
        seed=42,
        version="0",
        settled=True,
        verdict="fail",
        findings=[finding],
        reproduce="epcc-emulator run late.yaml --seed 42",
        deliveries=some,
    )


def hostile() -> RunReport:
    word = "".join(HOSTILE)
    calm = report(1)
    finding = dict.fromkeys(("expectation", "place", "verdict", "sentence", "nearest"), word)
    return replace(
        calm,
        scenario=word,
        description=word,
        verdict=word,
        version=word,
        remarks=[word],
        reproduce=word,
        findings=[{**finding, "deliveries": [1], "seen": [word]}],
        deliveries=[delivery(1, word=word, ok=False, late=5), delivery(2, word=word)],
        events=[{"identity": word, "key": word, "resource": word, "at": "2026-01-01T00:00:00.000000Z"}],
    )


@pytest.fixture
def browse(require: Callable[[str], str], tmp_path: Path) -> Callable[[RunReport, Callable[..., Any]], None]:
    """`browse(report, body)`: the report's page, opened in a browser of its own, which `body` is given."""
    file = tmp_path / "report.html"

    def go(told: RunReport, body: Callable[[Page], Awaitable[None]]) -> None:
        file.write_text(report_page(told), encoding="utf-8")

        async def opened(page: Page) -> None:
            await page.open(file.as_uri())
            await body(page)
            assert page.complaints == []
            assert page.asked_for == {file.as_uri()}

        browsing(require("chromium"), tmp_path / "profile", opened)

    return go


NUMBERS = (
    "[...document.querySelectorAll('#deliveries tbody tr')].filter(row => !row.hidden).map(row => +row.id.slice(1))"
)
GROUND = "getComputedStyle(document.body).backgroundColor"
OVERFLOWS = """document.documentElement.scrollWidth > innerWidth
    || [...document.querySelectorAll('#deliveries tr, .findings li, .legend, h1')].some(
        one => one.getBoundingClientRect().right > innerWidth)"""


def click(column: str) -> str:
    return f"[...document.querySelectorAll('th button')].find(one => one.textContent === '{column}').click()"


def search(words: str) -> str:
    return (
        f"(box => {{ box.value = '{words}'; box.dispatchEvent(new Event('input')) }})(document.getElementById('find'))"
    )


def test_it_is_drawn_by_day_by_night_on_a_phone_and_on_paper(browse: Any) -> None:
    async def body(page: Page) -> None:
        by_day = await page.picture("day")
        assert await page.value(GROUND) == "rgb(255, 255, 255)"
        await page.media("dark")
        assert await page.value(GROUND) == "rgb(13, 17, 23)"
        assert await page.picture("night") != by_day
        await page.value("document.getElementById('deliveries').scrollIntoView()")
        await page.picture("night-table")
        await page.media()
        await page.picture("day-table")
        await page.width(390)
        assert not await page.value(OVERFLOWS)
        assert await page.value("getComputedStyle(document.querySelector('#deliveries td')).display") == "flex"
        await page.picture("phone-table")
        await page.value("scrollTo(0, 0)")
        await page.picture("phone")
        await page.width(1200)
        await page.media("dark", "print")
        assert await page.value("getComputedStyle(document.querySelector('.controls')).display") == "none"
        assert await page.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        printed = base64.b64decode((await page.call("Page.printToPDF"))["data"])
        assert printed.startswith(b"%PDF")

    browse(report(30), body)


def test_rows_are_sorted_sifted_and_found(browse: Any) -> None:
    async def body(page: Page) -> None:
        assert await page.value(NUMBERS) == list(range(1, 31))
        await page.value(click("#"))
        await page.value(click("#"))
        assert await page.value(NUMBERS) == list(range(30, 0, -1))
        assert await page.value("document.querySelector('#deliveries th').getAttribute('aria-sort')") == "descending"
        await page.value(click("resource"))
        assert await page.value(NUMBERS) == list(range(1, 31))
        await page.value(search("exhausted"))
        assert await page.value(NUMBERS) == [10, 20, 30]
        assert await page.value("shown.value") == "3 of 30"
        await page.value("document.querySelector('.findings a').click()")
        await page.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert await page.value("location.hash") == "#d2"
        assert await page.value(NUMBERS) == list(range(1, 31))

    browse(report(30), body)


def test_nothing_that_anybody_says_can_run(browse: Any) -> None:
    async def body(page: Page) -> None:
        assert await page.value("window.ran === undefined")
        assert await page.value("document.scripts.length") == 1
        assert await page.value("document.querySelectorAll('img, iframe, object, embed, link, base, form').length") == 0
        handlers = "[...document.querySelectorAll('*')].some(one => [...one.attributes].some(a => /^on/.test(a.name)))"
        assert not await page.value(handlers)
        links = "[...document.querySelectorAll('[href]')].every(one => /^#d[0-9]+$/.test(one.getAttribute('href')))"
        assert await page.value(links)
        shown = await page.value("document.querySelector('h1').textContent")
        assert HOSTILE[0] in shown
        assert "{{7*7}}" in shown

    browse(hostile(), body)


def test_five_thousand_deliveries_stay_usable(browse: Any) -> None:
    async def body(page: Page) -> None:
        loaded = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        assert 0 < await page.value(loaded) < USABLE
        for deed in (click("resource"), click("attempts"), search("503"), search("")):
            laid_out = "document.body.offsetHeight"
            assert (
                await page.value(
                    f"(() => {{ const t = performance.now(); {deed}; {laid_out}; return performance.now() - t }})()"
                )
                < USABLE
            )
        assert len(await page.value(NUMBERS)) == MANY
        await page.value("document.querySelector('figure').scrollIntoView()")
        await page.picture("many")

    browse(report(MANY), body)
