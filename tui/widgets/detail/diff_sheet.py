"""The tab Diff: a payload against the one before it, or two that are marked."""

from tui.model.json_diff import SIGNS, Change, DiffLine
from tui.widgets.detail.piece import Piece, Pieces, of
from tui.widgets.detail.sheet import Part, Sheet
from tui.widgets.detail.telling import Telling
from tui.widgets.detail.text_part import told

_WHOLE = (Change.ADDED, Change.REMOVED, Change.SAME)
"""Changes whose lines have one colour; the others keep those of JSON."""


def diff_sheet(telling: Telling) -> Sheet:
    """What differs, line by line, each with a sign before it."""
    comparison = telling.comparison
    if comparison is None:
        return Sheet((told(Piece("Nothing was compared yet.", "quiet")),))
    if comparison.diff is None:
        return Sheet((told(of(f"{comparison.text}.", "quiet")),))
    diff = comparison.diff
    counts = ", ".join(f"{count:,} {change}" for change, count in diff.counts.items() if count)
    head: list[Pieces] = [(of(comparison.text, "head"), Piece(f": {counts or 'no difference'}", "quiet"))]
    if not diff.complete:
        head.append((Piece("There is more than can be compared or shown.", "warn"),))
    parts: list[Part] = [told(*head, "")]
    if not diff.same:
        parts.append(told(*map(_line, diff.lines)))
    return Sheet(parts)


def _line(line: DiffLine) -> Pieces:
    style = str(line.change)
    lead = Piece(f"{SIGNS[line.change]} {'  ' * line.depth}", style)
    return (lead, *(Piece(text, style if line.change in _WHOLE else str(kind)) for text, kind in line.segments))
