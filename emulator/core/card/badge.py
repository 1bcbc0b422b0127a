"""Badge: a report card as a small picture, and as what shields.io asks an endpoint for."""

from typing import Any
from xml.sax.saxutils import escape

from emulator.core.card.aspect import ASPECTS
from emulator.core.card.card import Card, overall
from emulator.core.card.standing import Standing
from emulator.core.verdict import Verdict

LABEL = "integration events"
_SHIELDS = {Verdict.PASS: "brightgreen", Verdict.FAIL: "red", Verdict.INCONCLUSIVE: "yellow"}
_GROUNDS = {Verdict.PASS: "#116329", Verdict.FAIL: "#b3141d", Verdict.INCONCLUSIVE: "#8a4600"}
_SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?"}
_LETTER = 6.8  # how wide one is at most on average, at 11 pixels
_EDGE = 7


def message(card: Card) -> str:
    """`✓ 11 of 11`: in how many of the aspects that apply nothing is amiss, at all integrations together."""
    standings = [overall(card.of(one.name, aspect)) for aspect in ASPECTS for one in card.integrations]
    applying = [one for one in standings if one is not Standing.NOT_APPLICABLE]
    return f"{_SIGNS[card.verdict]} {sum(one is Standing.TOLERATES for one in applying)} of {len(applying)}"


def endpoint(card: Card) -> dict[str, Any]:
    """For https://shields.io/badges/endpoint-badge."""
    return {"schemaVersion": 1, "label": LABEL, "message": message(card), "color": _SHIELDS[card.verdict]}


def badge(card: Card) -> str:
    """As SVG. What it says is its title too, for those who do not see it."""
    said = message(card)
    left, right = (round(len(text) * _LETTER) + 2 * _EDGE for text in (LABEL, said))
    width = left + right
    texts = "".join(
        f'<text x="{middle}" y="14" text-anchor="middle">{escape(text)}</text>'
        for middle, text in ((left / 2, LABEL), (left + right / 2, said))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" viewBox="0 0 {width} 20" role="img"'
        f' aria-label="{escape(f"{LABEL}: {said}")}"><title>{escape(f"{LABEL}: {said}")}</title>'
        f'<clipPath id="round"><rect width="{width}" height="20" rx="3"/></clipPath><g clip-path="url(#round)">'
        f'<rect width="{left}" height="20" fill="#454b53"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_GROUNDS[card.verdict]}"/></g>'
        f'<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g></svg>\n'
    )
