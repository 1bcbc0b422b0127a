"""FiguresView: all that can be said in numbers, on one page."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.style import Style as Look
from rich.table import Table
from rich.text import Text
from textual.widgets import Static

from tui.desk import Desk
from tui.model.clock_text import clock_text
from tui.model.cut import cut
from tui.model.figures_told import (
    NOTHING,
    clock_told,
    rate_text,
    rates_text,
    rules_told,
    share_style,
    share_text,
    spans_text,
    states_told,
)
from tui.model.harmless import harmless
from tui.model.sign import Style
from tui.model.sparkline import sparkline
from tui.model.statistics import Clocks, Figures, Rate, Series, Statistics
from tui.session import Notice

_TEXT = "text"
_WIDE = 110  # cells from which an integration's line has all that is known of it
_LABEL = 12
_MINUTE = 60
_LEAST_BARS = 8
_NOTICES = 8


class FiguresView(Static):
    """Draws what it is given, as wide as it is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"figures--{name}" for name in (_TEXT, "title", *Style)}
    DEFAULT_CSS = """
    FiguresView { height: auto; padding: 0 1; color: $foreground; }
    FiguresView > .figures--title { color: $text-muted; text-style: bold; }
    FiguresView > .figures--text { color: $foreground; }
    FiguresView > .figures--good { color: $text-success; }
    FiguresView > .figures--bad { color: $text-error; text-style: bold; }
    FiguresView > .figures--warn { color: $text-warning; }
    FiguresView > .figures--wait { color: $text-primary; }
    FiguresView > .figures--quiet { color: $text-muted; }
    FiguresView > .figures--fault { color: $text-accent; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(markup=False)
        self._desk = desk

    def show(self, statistics: Statistics, now: Clocks) -> None:
        """The state of things at this moment."""
        self.update(
            Group(
                self._whole(statistics.figures(now), statistics.series(now, wall=not self._saved)),
                Text(),
                self._integrations(statistics, now),
                Text(),
                self._standing(now.emulated),
                Text(),
                self._notices(now.emulated),
            )
        )

    @property
    def _width(self) -> int:
        return max(1, self.content_size.width)

    @property
    def _real(self) -> bool:
        """Whether there is one clock only."""
        return self._desk.session.status.get("clock") == "real" or self._saved

    @property
    def _saved(self) -> bool:
        return self._desk.session.reel is not None

    # All of it

    def _whole(self, figures: Figures, series: Series) -> RenderableType:
        bars = min(_MINUTE, self._width - _LABEL - (28 if self._real else 48))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=_LABEL - 2, no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        lines: Sequence[tuple[str, Rate, list[int], str]] = (
            ("events", figures.events, series.events, _TEXT),
            ("requests", figures.requests, series.requests, _TEXT),
            ("arrived", figures.arrived, series.arrived, Style.GOOD),
        )
        for name, rate, values, style in lines:
            table.add_row(
                self._styled(name, Style.QUIET), rates_text(rate, real=self._real), self._bars(values, bars, style)
            )
        failed = f"{figures.failed:,} in the last minute"
        table.add_row(
            self._styled("failed", Style.QUIET),
            self._styled(failed, Style.BAD if figures.failed else Style.QUIET),
            self._bars(series.failed, bars, Style.BAD),
        )
        succeeded = f"{share_text(figures.success)} of {figures.recent:,} requests in the last minute"
        latency, lateness = figures.latency, figures.lateness
        return Group(
            self._title("All of it", "rates of the last 10 seconds; bars of the last minute"),
            table,
            self._line("success", Text(succeeded, self._style(share_style(figures.success)))),
            self._line("latency", Text(_latency(figures) + "   p50 / p90 / p99" if latency else NOTHING)),
            self._line("lateness", Text(_lateness(figures) + "   p50 / p99 / most" if lateness else NOTHING)),
        )

    # A line for each

    def _integrations(self, statistics: Statistics, now: Clocks) -> RenderableType:
        wide = self._width >= _WIDE
        headings = ["integration", *(("events/s", "requests/s") if wide else ("req/s",)), "success"]
        headings += ["latency p50/p90/p99", "lateness p50/p99/most"] if wide else ["latency", "lateness"]
        table = Table.grid(padding=(0, 2, 0, 0))
        for heading in (*headings, ""):
            table.add_column(heading, no_wrap=True, justify="right" if "/s" in heading else "left")
        table.add_row(
            *(self._styled(heading, "title") for heading in (*headings, "requests, last minute" if wide else ""))
        )
        room = self._width - (100 if wide else 72)
        names = statistics.integrations
        for name in names:
            figures = statistics.figures(now, name)
            series = statistics.series(now, name, wall=not self._saved)
            rates = (figures.events, figures.requests) if wide else (figures.requests,)
            table.add_row(
                Text(cut(name, 18 if wide else 12)),
                *(rate_text(rate.emulated) for rate in rates),
                self._styled(share_text(figures.success), share_style(figures.success)),
                _latency(figures).replace(" ", "") if not wide else _latency(figures),
                _lateness(figures).replace(" ", "") if not wide else _lateness(figures),
                self._bars(series.requests, min(room, _MINUTE), _TEXT),
            )
        if not names:
            table.add_row(self._styled("nobody was sent anything yet", Style.QUIET))
        return table

    # Where it stands

    def _standing(self, now: int) -> RenderableType:
        desk, session = self._desk, self._desk.session
        status = session.status
        states = Text()
        for count in states_told(session.window.rows.values(), ascii_only=desk.ascii_only):
            if states:
                states.append("   ")
            states.append(f"{count.sign} {count.word} {count.many:,}", self._style(count.style))
        rules = ", ".join(rules_told(session.chaos)) or "none"
        return Group(
            self._title("Where it stands"),
            self._line("deliveries", states),
            self._line("clock", Text(clock_told(status, now, desk.zone) if status else NOTHING)),
            self._line("seed", Text(harmless(str(status.get("seed", NOTHING))))),
            self._line("profile", Text(harmless(str(status.get("profile", NOTHING))))),
            self._line("rules", self._styled(rules, Style.FAULT if rules != "none" else Style.QUIET)),
            *([self._line("paused", Text(self._paused(status["paused"])))] if status.get("paused") else []),
        )

    def _paused(self, paused: Sequence[str]) -> str:
        return "everything" if "*" in paused else ", ".join(map(harmless, paused))

    def _notices(self, now: int) -> RenderableType:
        session = self._desk.session
        known = [notice for notice in session.notices if not self._saved or notice.at is None or notice.at <= now]
        newest = known[-_NOTICES:]
        if not newest:
            return Text()
        return Group(self._title("Notices"), *(self._notice(notice) for notice in reversed(newest)))

    def _notice(self, notice: Notice) -> RenderableType:
        at = "" if notice.at is None else clock_text(notice.at, self._desk.zone).partition(".")[0]
        return self._line(at, self._styled(notice.text, Style.WARN if notice.trouble else _TEXT))

    # How it looks

    def _line(self, label: str, text: Text) -> RenderableType:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=_LABEL - 2, no_wrap=True)
        table.add_column(ratio=1)
        table.add_row(self._styled(label, Style.QUIET), text)
        return table

    def _title(self, title: str, more: str = "") -> Text:
        return Text.assemble((title, self._style("title")), (f"  {more}", self._style(Style.QUIET)))

    def _bars(self, values: Iterable[int], width: int, style: str) -> Text:
        shown = sparkline(list(values), width, ascii_only=self._desk.ascii_only) if width >= _LEAST_BARS else ""
        return self._styled(shown, style)

    def _styled(self, text: str, style: str) -> Text:
        return Text(text, self._style(style))

    def _style(self, name: str) -> Look:
        return self.get_component_rich_style(f"figures--{name}", partial=True)


def _latency(figures: Figures) -> str:
    known = figures.latency
    return NOTHING if known is None else spans_text(known.p50, known.p90, known.p99)


def _lateness(figures: Figures) -> str:
    known = figures.lateness
    return NOTHING if known is None else spans_text(known.p50, known.p99, known.most)
