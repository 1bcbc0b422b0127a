"""Offers: the base of what the palette finds: things to do, each with what it is about."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.screens.page import Page

_WHOLE = 1000.0
"""More than scattered letters ever score."""


class Offer(NamedTuple):
    """`text` is what is looked for, `about` what is told of it, `act` what is done when it is chosen."""

    text: str
    about: str
    act: Callable[[], Awaitable[None] | None]


class Offers(Provider):
    """Everything is offered while nothing is typed; then what the letters fit, best first."""

    def offers(self, page: Page) -> Iterable[Offer]:
        """What can be done from this page."""
        raise NotImplementedError

    async def discover(self) -> Hits:
        for offer in self._offers():
            yield DiscoveryHit(offer.text, offer.act, text=offer.text, help=offer.about)

    async def search(self, query: str) -> Hits:
        words = query.lower().split()
        matcher = self.matcher("".join(words))  # a blank would have to be there; here it parts words
        for offer in self._offers():
            score = _score(words, offer.text.lower()) or matcher.match(offer.text)
            if score > 0:
                yield Hit(score, matcher.highlight(offer.text), offer.act, text=offer.text, help=offer.about)

    def _offers(self) -> Iterable[Offer]:
        return self.offers(self.screen) if isinstance(self.screen, Page) else ()


def _score(words: Sequence[str], text: str) -> float:
    """Of a text that has these words: those that begin a word in it count most, and then how short it is."""
    if not all(word in text for word in words):
        return 0.0
    begun = sum(re.search(rf"(?<![a-z]){re.escape(word)}", text) is not None for word in words)
    return _WHOLE * (1 + begun) - len(text)
