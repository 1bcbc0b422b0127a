"""The same pages over a saved journal: everything can be seen, and nothing that changes it is offered."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.widgets import OptionList

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator, SavedEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from tui.screens.page import Page
from tui.widgets.held_list import HeldList
from tui.widgets.integration_list import IntegrationList
from tui.widgets.rule_list import RuleList

READING = {
    *("page.deliveries", "page.integrations", "page.chaos", "page.timeline", "page.overview"),
    *("app.palette", "app.help", "app.quit"),
    *("list.up", "list.down", "list.page-up", "list.page-down", "list.first", "list.last"),
    *("integrations.other", "chaos.other"),
}


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[str]:
    settings = Settings(
        seed=1, data_dir=tmp_path / "data", profile="jittery", clock=ClockSettings(mode=ClockMode.VIRTUAL)
    )
    with LocalEmulator(settings) as local, ControlClient(local.url) as client:
        client.ensure_integration("shop", observes=["order.*"], configuration={"url": "http://127.0.0.1:9/hook"})
        client.hold({"event": "order.created"}, "mine")
        client.trigger("order.created")
    with SavedEmulator(tmp_path / "data") as looked_at:
        yield looked_at.url


def test_a_saved_journal_is_shown_and_offers_nothing_that_changes_it(watch: Callable[..., None], saved: str) -> None:
    def offered(seen: Any) -> set[str]:
        names = {active.binding.id for active in seen.app.screen.active_bindings.values() if active.binding.id}
        return {name for name in names if not name.startswith("moment.")}  # those step through it

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        integrations = seen.app.screen.query_one(IntegrationList).listing
        await seen.until(lambda: any("shop webhook" in line for line in seen.lines(integrations)))
        assert offered(seen) <= READING
        await seen.press("tab")
        assert offered(seen) <= READING
        await seen.press("n", "e", "enter", "space", "p", "d", "x")
        assert isinstance(seen.app.screen, Page)

        await seen.page("5", "Chaos")
        rules = seen.app.screen.query_one(RuleList).listing
        held = seen.app.screen.query_one(HeldList).listing
        await seen.until(lambda: len(rules.items) == 2)
        await seen.until(lambda: "order:1/order.created:1" in "".join(seen.lines(held)))
        assert offered(seen) <= READING
        await seen.press("tab")
        assert seen.app.focused is held
        assert offered(seen) <= READING
        await seen.press("n", "enter", "space", "d", "J", "K", "r", "R", "o", "p", "P", "h", "u", "a", "s", "S", "plus")
        assert isinstance(seen.app.screen, Page)
        assert not seen.desk.session.unread

        await seen.press("colon")
        await seen.until(lambda: CommandPalette.is_open(seen.app))
        options = seen.app.screen.query_one(OptionList)
        await seen.until(lambda: options.option_count > 5)
        said = "\n".join(str(options.get_option_at_index(place).prompt) for place in range(options.option_count))
        assert "page integrations" in said
        assert not any(word in said for word in ("trigger ", "run ", "profile "))

    watch(steps, url=saved)
