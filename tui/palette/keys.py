"""Keys: what the keys of the page do, for those who do not know the keys yet."""

from collections.abc import Iterable
from functools import partial

from textual.dom import DOMNode

from tui.palette.offers import Offer, Offers
from tui.screens.page import Page

_HERE = ("command_palette", "events")
"""What opens the palette that one looks at."""
_GETTING_ABOUT = ("list.", "table.")
"""Keys that move a cursor, which nobody looks for by name."""


class Keys(Offers):
    """The page's own, those of what has the focus, and the dashboard's."""

    def offers(self, page: Page) -> Iterable[Offer]:
        seen: set[str] = set()
        for node, binding, enabled, tooltip in page.active_bindings.values():
            action = binding.action
            if not binding.description or not enabled or action in seen or action in _HERE:
                continue
            if binding.id and not binding.id.startswith(_GETTING_ABOUT):
                seen.add(action)
                key = self.app.get_key_display(binding)
                about = f"{tooltip} ({key})" if tooltip else f"key {key}"
                text = f"page {binding.description.lower()}" if action.startswith("page(") else binding.description
                yield Offer(text, about, partial(_run, page, action, node))


async def _run(page: Page, action: str, node: DOMNode) -> None:
    await page.app.run_action(action, default_namespace=node)
