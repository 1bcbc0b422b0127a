"""Figure: one measured number beside its ceiling, and whether it meets its target."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Score(StrEnum):
    """What is compared with the target."""

    RATIO = "ratio"  # measured / ceiling
    OVER = "over"  # measured - ceiling
    ITSELF = "itself"  # measured; the ceiling is for orientation


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`target` is a least value where `at_least`, else a greatest one; `note` says what the number hides.

    One that is not `trusted` was measured beside somebody else's work, and says nothing about the target.
    """

    name: str
    measured: float
    unit: str
    beside: str
    ceiling: float
    score: Score = Score.RATIO
    target: float
    at_least: bool
    note: str = ""
    trusted: bool = True

    @property
    def ratio(self) -> float:
        return self.measured / self.ceiling if self.ceiling else float("inf")

    @property
    def value(self) -> float:
        """The number that the target is about."""
        match self.score:
            case Score.RATIO:
                return self.ratio
            case Score.OVER:
                return self.measured - self.ceiling
            case Score.ITSELF:
                return self.measured

    @property
    def met(self) -> bool | None:
        """None where that cannot be said."""
        if not self.trusted:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "ratio": self.ratio, "value": self.value, "met": self.met}


def table(figures: list[Figure]) -> str:
    """The figures as aligned columns, each with its note beneath."""
    head = ("figure", "measured", "ceiling in the same run", "ratio", "target", "met")
    rows = [_cells(figure) for figure in figures]
    widths = [max(len(cells[column]) for cells in (head, *rows)) for column in range(len(head))]
    lines = [_line(head, widths), _line(tuple("-" * width for width in widths), widths)]
    for figure, cells in zip(figures, rows, strict=True):
        lines.append(_line(cells, widths))
        if figure.note:
            lines.append(f"    {figure.note}")
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    bound = "≥" if figure.at_least else "≤"
    unit = {Score.RATIO: "x", Score.OVER: f" {figure.unit} over", Score.ITSELF: f" {figure.unit}"}[figure.score]
    return (
        figure.name,
        f"{number(figure.measured)} {figure.unit}",
        f"{number(figure.ceiling)} {figure.unit}, {figure.beside}",
        f"{figure.ratio:.2f}",
        f"{bound} {figure.target:g}{unit}",
        {True: "yes", False: "NO", None: "?"}[figure.met],
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def number(value: float) -> str:
    """Three significant digits or so: `12,345`, `43.2`, `0.31`."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
