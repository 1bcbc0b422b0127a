"""The keys of every list, and of what stands in front of a page."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.harness.client import ControlClient
from emulator.runtime.settings import ClockMode
from tui.screens.forms.confirm import Confirm
from tui.screens.forms.messages import Messages
from tui.screens.question import Question
from tui.screens.reading import Reading
from tui.widgets.integration_list import IntegrationList
from tui.widgets.queue_list import QueueList

Watch = Callable[..., None]
MANY = 9


def test_a_list_is_gone_through(watch: Watch, webhook: Callable[..., str]) -> None:
    for number in range(MANY):
        webhook(f"shop-{number}", managed=True)

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        listing = seen.app.screen.query_one(IntegrationList).listing
        await seen.until(lambda: len(listing.items) == MANY)
        for key, place in (
            ("down", 1),
            ("j", 2),
            ("up", 1),
            ("k", 0),
            ("end", MANY - 1),
            ("home", 0),
            ("G", MANY - 1),
            ("g", 0),
        ):
            await seen.press(key)
            assert listing.place == place, key
        for there, back in (("pagedown", "pageup"), ("ctrl+f", "ctrl+b")):
            await seen.press(there)
            page = listing.place
            assert 0 < page < MANY - 1, there
            await seen.press(there, back, back)
            assert listing.place == 0, back

    watch(steps, size=(100, 18))


@pytest.mark.parametrize("clock", [ClockMode.SCALED], indirect=True)
def test_the_clock_goes_faster_with_either_key(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: seen.desk.session.status.get("speed") == 60.0)
        for key, speed in (("equals_sign", 120.0), ("plus", 240.0), ("minus", 120.0)):
            await seen.press(key)
            await seen.until(lambda speed=speed: seen.desk.session.status["speed"] == speed)

    watch(steps)
    assert client.status()["speed"] == 120.0


def test_yes_and_no_have_two_keys_each(watch: Watch, client: ControlClient, webhook: Callable[..., str]) -> None:
    webhook("shop")
    webhook("erp")

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        listing = seen.app.screen.query_one(IntegrationList).listing
        await seen.until(lambda: len(listing.items) == 2)
        for key, left in (("n", 2), ("escape", 2), ("y", 1), ("enter", 0)):
            await seen.press("d")
            await seen.until(lambda: isinstance(seen.app.screen, Confirm))
            await seen.press(key)
            await seen.until(lambda left=left: len(listing.items) == left)

    watch(steps)
    assert client.integrations() == []


def test_messages_are_left_with_either_key(watch: Watch, local: Any) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        queues = seen.app.screen.query_one(QueueList).listing
        await seen.press("tab", "n")
        await seen.type("/queue/orders", anew=True)
        await seen.press("enter")
        await seen.until(lambda: queues.items)
        for key in ("escape", "q"):
            await seen.press("enter")
            await seen.until(lambda: isinstance(seen.app.screen, Messages))
            await seen.press(key)
            await seen.until(lambda: not isinstance(seen.app.screen, Messages))

    watch(steps)


def test_what_is_asked_and_what_is_read_can_be_left(
    watch: Watch, client: ControlClient, webhook: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook()
    client.trigger("order.paid")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")  # whose clipboard is not ours

    async def steps(seen: Any) -> None:
        await seen.live()
        await seen.press("s")
        await seen.until(lambda: isinstance(seen.app.screen, Question))
        await seen.press("escape")
        await seen.until(lambda: seen.app.screen is seen.deliveries)
        for key in ("escape", "q"):
            await seen.press("y")
            await seen.until(lambda: isinstance(seen.app.screen, Reading))
            await seen.press(key)
            await seen.until(lambda: seen.app.screen is seen.deliveries)

    watch(steps)
