"""Themes: other colours."""

from collections.abc import Iterable
from functools import partial

from tui.palette.offers import Offer, Offers
from tui.screens.page import Page
from tui.themes import THEMES

_ABOUT = {"terminal": "the terminal's own sixteen colours"}


class Themes(Offers):
    """The dashboard's own."""

    def offers(self, page: Page) -> Iterable[Offer]:
        for name in THEMES:
            about = _ABOUT.get(name, "colours for the dashboard")
            shown = f"{about}, in use" if name == self.app.theme else about
            yield Offer(f"theme {name}", shown, partial(setattr, self.app, "theme", name))
