"""Sparkline: a row of numbers as a line of small bars."""

from collections.abc import Sequence

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII = " .:-=+*#@"


def sparkline(values: Sequence[float], width: int, *, ascii_only: bool = False) -> str:
    """So many bars, the highest for the largest value, a blank for 0. The newest value is on the right; where there are
    more than fit, each bar is the largest of some."""
    bars = _ASCII if ascii_only else _BLOCKS
    width = max(0, width)
    shown = [max(0.0, value) for value in _fitted(values, width)]
    largest = max(shown, default=0.0)
    if not largest:
        return " " * width
    steps = len(bars) - 1
    heights = (0 if not value else max(1, round(value / largest * steps)) for value in shown)
    return "".join(bars[height] for height in heights).rjust(width)


def _fitted(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width:
        return list(values)
    ends = [(place + 1) * len(values) // width for place in range(width)]
    return [max(values[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]
