"""Profiles: how badly it is to go."""

from collections.abc import Iterable, Mapping
from functools import partial

from tui.desk import Desk
from tui.doing import do
from tui.packaged import PROFILES, descriptions
from tui.palette.offers import Offer, Offers
from tui.screens.page import Page


class Profiles(Offers):
    """Those that the server knows, with what they say of themselves."""

    async def startup(self) -> None:
        self._about: Mapping[str, str] = descriptions(PROFILES)

    def offers(self, page: Page) -> Iterable[Offer]:
        if page.desk.saved:
            return
        chaos = page.desk.session.chaos
        for name in chaos.get("profiles", ()):
            about = self._about.get(name, "")
            used = f"in force: {about}" if name == chaos.get("profile") else about
            yield Offer(f"profile {name}", used, partial(_begin, page, name))


def _begin(page: Page, name: str) -> None:
    do(page, set_profile(page.desk, name))


async def set_profile(desk: Desk, name: str) -> None:
    """Another profile; what was added stays."""
    desk.session.chaos = await desk.client.put("profile", {"profile": name})
    desk.session.say(f"The profile is {name} now; it acts on what is planned from now on")
