"""The overview in front of a shop that had a bad day; a test for every key."""

import asyncio
import re

import pytest
from textual.containers import VerticalScroll

from emulator.domain.delivery import DeliveryState
from tui.link import Link

DELIVERIES = 60


def test_it_says_how_much_how_well_and_how_fast(watch, going_on, client):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.page("3", "Overview")
        for part in ("events", "success", "lateness", "erp", "shop", "seed", "documented", "virtual, 2026-01-01"):
            await seen.sees(part)
        await seen.sees("ok 60")
        await seen.sees("– of 0 requests in the last minute")  # what a snapshot tells is not happening now
        assert re.search(r"lateness +\S+ / \S+ / \S+ +p50 / p99 / most", seen.screen())
        for rule in seen.session.chaos["rules"]:
            await seen.sees(rule["id"])
        await asyncio.to_thread(client.trigger, "order.paid")
        await asyncio.to_thread(client.settle)
        await seen.until(lambda: seen.session.statistics.figures(seen.session.clocks()).recent > 0)
        await seen.until(lambda: re.search(r"[\d.]+% of \d+ requests in the last minute", seen.screen()))

    watch(steps, url=going_on)


def test_what_waits_and_what_is_paused_is_counted(watch, local, client, receiver):
    async def steps(seen):
        client.ensure_integration("shop", observes=["order.created"], configuration={"url": receiver})
        client.hold({"event": "order.created"})
        client.trigger("order.created")
        client.pause("shop")
        await seen.ready(Link.LIVE)
        await seen.page("3", "Overview")
        await seen.until(lambda: seen.session.window.rows[1].state is DeliveryState.HELD)
        await seen.sees("held 1")
        await seen.sees("paused")

    watch(steps, url=local.url)


def test_notices_are_there_to_be_read_again(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.page("3", "Overview")
        seen.session.say("Something to hear\x1b[2J")
        await seen.sees("Notices")
        await seen.sees("Something to hear\\u001b")

    watch(steps, url=shop, size=(120, 50))


def test_it_scrolls_where_there_is_little_room(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.page("3", "Overview")
        await seen.sees("All of it")
        scroll = seen.app.screen.query_one(VerticalScroll)
        await seen.until(lambda: scroll.max_scroll_y > 4)
        for keys, at in (
            (["down", "j"], 2),
            (["up", "k"], 0),
            (["pagedown"], scroll.size.height - 1),
            (["pageup"], 0),
            (["ctrl+f"], scroll.size.height - 1),
            (["ctrl+b"], 0),
            (["end"], scroll.max_scroll_y),
            (["home"], 0),
            (["G"], scroll.max_scroll_y),
            (["g"], 0),
        ):
            await seen.press(*keys)
            await seen.until(lambda at=at: scroll.scroll_y == min(at, scroll.max_scroll_y))

    watch(steps, url=shop, size=(80, 14))


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (20, 5)])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_it_fits(watch, shop, size, ascii_only):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.page("3", "Overview")
        await seen.sees("All of it")
        if size[0] >= 80:
            for part in ("erp", "lateness", "success"):
                await seen.sees(part)
            assert "…" not in seen.screen()

    watch(steps, url=shop, size=size, ascii_only=ascii_only)
