"""StatusBar: one line of where we are, how the server does, and what time it is there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import RenderResult
from textual.widget import Widget

from emulator.domain.moment import parse_instant
from tui.desk import Desk
from tui.link import Link

PAGES = ("Deliveries", "Timeline", "Overview", "Integrations", "Chaos")
_SHORT = ("Deliv", "Time", "Over", "Integ", "Chaos")


class StatusBar(Widget):
    """Pages by number on the left, the server on the right; of what does not fit, the least important is left out."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"status--{name}" for name in ("here", "page", "good", "bad", "warn", "quiet")
    }
    DEFAULT_CSS = """
    StatusBar { height: 1; dock: top; background: $panel; color: $foreground; padding: 0 1; }
    StatusBar > .status--here { text-style: bold reverse; }
    StatusBar > .status--page { color: $text-muted; }
    StatusBar > .status--good { color: $text-success; }
    StatusBar > .status--bad { color: $text-error; text-style: bold; }
    StatusBar > .status--warn { color: $text-warning; text-style: bold; }
    StatusBar > .status--quiet { color: $text-muted; }
    """

    def __init__(self, desk: Desk, here: str) -> None:
        super().__init__()
        self._desk = desk
        self._here = here
        self._shown = Text()

    def look(self) -> None:
        """Shows what is different now."""
        line = self._line(self.content_size.width)
        if line != self._shown:
            self._shown = line
            self.refresh()

    def on_resize(self) -> None:
        self.look()

    def render(self) -> RenderResult:
        return self._shown

    def _line(self, width: int) -> Text:
        pages = self._pages(PAGES)
        parts = self._parts()
        if pages.cell_len + sum(part.cell_len + 2 for part in parts[:3]) > width:
            pages = self._pages(_SHORT)
        room = width - pages.cell_len
        taken: list[Text] = []
        for part in parts:
            if part.cell_len + 2 <= room:
                taken.append(part)
                room -= part.cell_len + 2
        line = pages
        line.append(" " * max(0, room))
        for part in taken:
            line.append("  ").append_text(part)
        return line

    def _pages(self, names: tuple[str, ...]) -> Text:
        line = Text(no_wrap=True)
        for number, (name, page) in enumerate(zip(names, PAGES, strict=True), start=1):
            style = self.get_component_rich_style(
                "status--here" if page == self._here else "status--page", partial=True
            )
            line.append(f" {number} {name} ", style)
        return line

    def _parts(self) -> list[Text]:
        """The most important first."""
        session = self._desk.session
        status = session.status
        parts = [self._link()]
        if not status:
            return parts
        if session.reel is None:
            parts += self._now(status)
        parts.append(self._styled(str(status["profile"]), "quiet"))
        parts.append(self._styled(f"seed {status['seed']}", "quiet"))
        return parts

    def _now(self, status: Mapping[str, Any]) -> list[Text]:
        """What a saved journal has a line of its own for, or does not know of the moment that is shown."""
        parts = []
        if paused := status.get("paused"):
            who = "all" if "*" in paused else f"{len(paused)}"
            parts.append(self._styled(f"paused: {who}", "warn"))
        if held := status.get("held"):
            parts.append(self._styled(f"{held} held", "warn"))
        parts.append(self._styled(f"{status['pending']} pending", "quiet"))
        parts.append(Text(self._clock(status)))
        return parts

    def _link(self) -> Text:
        session = self._desk.session
        match session.link:
            case Link.LIVE:
                return self._styled("● live" if not self._desk.ascii_only else "live", "good")
            case Link.LOADING:
                return self._styled(f"loading {len(session.window.rows):,}", "good")
            case Link.SAVED:
                return self._styled("saved journal", "quiet")
            case Link.DOWN:
                return self._styled("✗ no answer" if not self._desk.ascii_only else "NO ANSWER", "bad")
            case Link.CONNECTING:
                return self._styled("connecting", "warn")

    def _clock(self, status: Mapping[str, Any]) -> str:
        now = datetime.fromtimestamp(parse_instant(str(status["now"])) / 1_000_000, self._desk.zone)
        mode = status["clock"]
        pace = f" ×{status['speed']:g}" if mode == "scaled" else ""
        return f"{now:%H:%M:%S} {mode}{pace}"

    def _styled(self, text: str, style: str) -> Text:
        assert cell_len(text)
        return Text(text, self.get_component_rich_style(f"status--{style}", partial=True))
