"""Figures told: rates, shares and durations as people read them, and where the deliveries stand."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import format_duration, parse_instant
from tui.model.clock_text import moment_of
from tui.model.harmless import harmless
from tui.model.row import Row
from tui.model.sign import STATES, Style
from tui.model.statistics import Rate

NOTHING = "–"
_OPEN = (
    DeliveryState.PLANNED,
    DeliveryState.HELD,
    DeliveryState.SENDING,
    DeliveryState.WAITING,
)


class Standing(NamedTuple):
    """How many deliveries stand in a state."""

    sign: str
    word: str
    many: int
    style: str


def rate_text(rate: float) -> str:
    """So many a second: `0`, `0.4`, `12.3`, `1,446`."""
    if not rate:
        return "0"
    return f"{rate:,.0f}" if rate >= 100 else f"{max(rate, 0.1):.1f}"


def rates_text(rate: Rate, *, real: bool) -> str:
    """By the emulated clock, and by the one on the wall where that is another."""
    emulated = f"{rate_text(rate.emulated)}/s"
    return emulated if real else f"{emulated} emulated, {rate_text(rate.wall)}/s on the wall"


def share_text(share: float | None) -> str:
    """`98.2%`; 100% and 0% are said where it is exactly that."""
    if share is None:
        return NOTHING
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{min(max(share, 0.001), 0.999):.1%}"


def share_style(share: float | None) -> str:
    """What its colour says: all, most, or fewer than nine in ten."""
    if share is None:
        return Style.QUIET
    return Style.GOOD if share == 1 else Style.WARN if share >= 0.9 else Style.BAD


def spans_text(*spans: int | None) -> str:
    """`12ms / 1.2s / 2m10s`; microseconds."""
    return " / ".join(NOTHING if span is None else _span(span) for span in spans)


def states_told(rows: Iterable[Row], *, ascii_only: bool = False) -> list[Standing]:
    """Those that are not over, always; then those that there are."""
    counts = Counter(row.state for row in rows)
    return [
        Standing(
            sign.shown(ascii_only=ascii_only), sign.word, counts[state], sign.style if counts[state] else Style.QUIET
        )
        for state, sign in STATES.items()
        if counts[state] or state in _OPEN or state is DeliveryState.EXHAUSTED
    ]


def clock_told(status: Mapping[str, Any], now: int, zone: tzinfo | None) -> str:
    """`scaled ×60, 2026-01-01 00:12:31.4; next send in 4s`; of a saved journal the moment alone."""
    moment = moment_of(now, zone)
    said = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 100_000}"
    if status.get("saved"):
        return said
    mode = str(status.get("clock", ""))
    pace = f" ×{status.get('speed', 1):g}" if mode == "scaled" else ""
    said = f"{mode}{pace}, {said}"
    if (due := status.get("next_due")) is None:
        return f"{said}; nothing is due"
    left = parse_instant(str(due)) - now
    return f"{said}; next send in {format_duration(left)}" if left > 0 else f"{said}; a send is due"


def rules_told(chaos: Mapping[str, Any]) -> Iterator[str]:
    """The names of the rules in force, with how often each has hit."""
    for rule in chaos.get("rules", ()):
        if rule.get("enabled", True):
            hits = rule.get("hits")
            yield harmless(str(rule["id"])) + (f" {hits:,}×" if hits else "")


def _span(micros: int) -> str:
    return "<1ms" if 0 < micros < 1_000 else format_duration(micros)
