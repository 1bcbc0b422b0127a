"""Events: every event that the shop can be made to raise."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from emulator.domain.catalog import CATALOG
from tui.desk import Desk
from tui.doing import do
from tui.model.harmless import harmless
from tui.palette.offers import Offer, Offers
from tui.screens.page import Page


class Events(Offers):
    """One of every key of the catalog, with who would hear of it."""

    def offers(self, page: Page) -> Iterable[Offer]:
        if page.desk.saved:
            return
        desk = page.desk
        for key in sorted(CATALOG, key=lambda key: not observers(desk, key)):
            yield Offer(f"trigger {key}", heard_by(desk, key), partial(begin, page, key))


def begin(page: Page, key: str) -> None:
    """Triggers it in the background."""
    do(page, trigger(page.desk, key))


async def trigger(desk: Desk, key: str) -> None:
    """Makes the shop raise it, and tells what came of it, and why nobody is sent it where that is so."""
    report = await desk.client.post("trigger", {"key": key}, patient=True)
    session = desk.session
    raised, planned = report["events"], len(report["deliveries"])
    asked = next((event for event in reversed(raised) if event["key"] == key), raised[-1])
    others = f" with {len(raised) - 1} more" if len(raised) > 1 else ""
    what = "1 delivery" if planned == 1 else f"{planned} deliveries"
    session.say(f"{asked['identity']} raised{others}; {what} planned")
    for reason in report["reasons"]:
        session.say(reason, trouble=True)


def heard_by(desk: Desk, key: str) -> str:
    """Who would be sent it now."""
    observing = observers(desk, key)
    if not observing:
        return "nobody observes it"
    hearing = [harmless(str(one["name"])) for one in observing if one["enabled"]]
    return f"to {', '.join(hearing)}" if hearing else "all that observe it are disabled"


def observers(desk: Desk, key: str) -> list[Mapping[str, Any]]:
    """The integrations that observe it, enabled or not; keys are patterns only for those beyond the quotas."""
    return [one for one in desk.session.integrations.values() if _observes(one, key)]


def _observes(integration: Mapping[str, Any], key: str) -> bool:
    observed = integration["observes"]
    return key in observed or (bool(integration.get("managed")) and any(fnmatchcase(key, glob) for glob in observed))
