"""The command palette: events, scenarios, profiles, pages, themes and the keys of the page, by a few letters."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.widgets import OptionList

from emulator.domain.catalog import CATALOG
from emulator.harness.client import ControlClient
from emulator.runtime.settings import ClockMode
from tui.screens.forms.integration_form import IntegrationForm

Watch = Callable[..., None]


async def found(seen: Any, text: str, first: str) -> None:
    """Types this; waits for what comes first."""
    await seen.until(lambda: CommandPalette.is_open(seen.app))
    await seen.type(text)
    options = seen.app.screen.query_one(OptionList)
    await seen.until(lambda: options.option_count and first in str(options.get_option_at_index(0).prompt))


async def chosen(seen: Any, text: str, first: str) -> None:
    await found(seen, text, first)
    await seen.press("enter")
    if CommandPalette.is_open(seen.app):  # the first enter may have gone to the list
        await seen.press("enter")
    await seen.until(lambda: not CommandPalette.is_open(seen.app))


def test_an_event_is_triggered_and_why_nobody_hears_of_it_is_told(
    watch: Watch, client: ControlClient, webhook: Callable[..., str]
) -> None:
    webhook()

    async def steps(seen: Any) -> None:
        await seen.until(lambda: seen.desk.session.integrations)
        await seen.press("T")
        await chosen(seen, "order.paid", "trigger order.paid")
        await seen.until(lambda: seen.said("; 1 delivery planned"))
        assert seen.said("order:1/order.paid:1 raised with ")
        await seen.press("ctrl+p")
        await chosen(seen, "cust crea", "trigger customer.created")
        await seen.until(lambda: seen.said("customer:1/customer.created:1 raised; 0 deliveries planned"))
        await seen.until(lambda: any(notice.trouble for notice in seen.desk.session.notices))

    watch(steps)
    assert client.events()["results"]["total"] >= 3


def test_every_event_is_offered_with_who_hears_of_it(watch: Watch, webhook: Callable[..., str]) -> None:
    webhook("erp", observes=("order.*",), managed=True)

    async def steps(seen: Any) -> None:
        await seen.until(lambda: seen.desk.session.integrations)
        await seen.press("T")
        options = seen.app.screen.query_one(OptionList)
        await seen.until(lambda: options.option_count == len(CATALOG))
        said = [str(options.get_option_at_index(place).prompt) for place in range(len(CATALOG))]
        assert all("trigger order." in text and "to erp" in text for text in said[:8])
        assert not any("to erp" in text for text in said[8:])

    watch(steps)


def test_a_profile_a_page_and_a_theme_are_chosen(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.until(lambda: seen.desk.session.chaos)
        await seen.press("colon")
        await chosen(seen, "profile jitt", "profile jittery")
        await seen.until(lambda: seen.said("The profile is jittery now"))
        await seen.press("colon")
        await chosen(seen, "theme light", "theme light")
        await seen.until(lambda: seen.app.theme == "light")
        await seen.press("colon")
        await chosen(seen, "page integ", "page integrations")
        await seen.until(lambda: seen.app.screen.title == "Integrations")
        await seen.press("colon")
        await chosen(seen, "new", "New")
        await seen.until(lambda: isinstance(seen.app.screen, IntegrationForm))

    watch(steps)
    assert client.chaos()["profile"] == "jittery"


def test_scenarios_are_offered_with_their_lessons(watch: Watch) -> None:
    async def steps(seen: Any) -> None:
        await seen.until(lambda: seen.desk.session.status)
        await seen.press("ctrl+p")
        await found(seen, "out of", "run out-of-order")

    watch(steps)


@pytest.mark.parametrize("clock", [ClockMode.VIRTUAL], indirect=True)
def test_a_scenario_is_played_on_this_server(watch: Watch, client: ControlClient, webhook: Callable[..., str]) -> None:
    webhook(observes=("order.fulfilled",))

    async def steps(seen: Any) -> None:
        await seen.until(lambda: seen.desk.session.integrations)
        await seen.press("ctrl+p")
        await chosen(seen, "run duplicate", "run duplicate")
        await seen.until(lambda: seen.said("Playing duplicate"))
        await seen.until(lambda: seen.said("duplicate was played: deliveries "))

    watch(steps)
    assert client.events(key="order.fulfilled")["results"]["total"] > 0
