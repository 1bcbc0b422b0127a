"""SheetView: a sheet with a cursor, of which only the lines in sight are ever drawn."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from tui.widgets.detail.piece import Pieces
from tui.widgets.detail.sheet import Sheet
from tui.widgets.tall import Tall

_STYLES = (
    *("text", "head", "good", "bad", "warn", "wait", "quiet", "fault"),
    *("key", "string", "number", "bool", "null", "punctuation", "note"),
    *("same", "added", "removed", "changed", "moved"),
)
"""The names of styles that pieces may have."""


class SheetView(Tall, can_focus=True):
    """Keys move the cursor, fold, and go from hit to hit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("pageup,ctrl+b", "move_page(-1)", "Page up", show=False, id="list.page-up"),
        Binding("pagedown,ctrl+f", "move_page(1)", "Page down", show=False, id="list.page-down"),
        Binding("home,g", "first", "First", show=False, id="list.first"),
        Binding("end,G", "last", "Last", show=False, id="list.last"),
        Binding("enter,space", "fold", "Fold", id="detail.fold"),
        Binding("minus", "fold_all(True)", "Fold all", show=False, key_display="-", id="detail.fold-all"),
        Binding(
            "plus,equals_sign", "fold_all(False)", "Unfold all", show=False, key_display="+", id="detail.unfold-all"
        ),
        Binding("n", "hit(True)", "Next hit", show=False, id="detail.next-hit"),
        Binding("N", "hit(False)", "Previous hit", show=False, id="detail.previous-hit"),
        Binding(
            "c",
            "copy_value",
            "Copy value",
            show=False,
            tooltip="Copy the value under the cursor",
            id="detail.copy-value",
        ),
        Binding(
            "C", "copy_path", "Copy path", show=False, tooltip="Copy the path of that value", id="detail.copy-path"
        ),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"sheet--{name}" for name in (*_STYLES, "cursor", "cursor-away", "hit")}
    DEFAULT_CSS = """
    SheetView { height: 1fr; background: $background; color: $foreground; overflow-x: hidden; overflow-y: auto; }
    SheetView > .sheet--cursor { text-style: bold; background: $primary 40%; }
    SheetView:nocolor > .sheet--cursor { text-style: bold reverse; }
    SheetView > .sheet--cursor-away { background: $background; }
    SheetView > .sheet--hit { text-style: reverse; }
    SheetView > .sheet--text { color: $foreground; }
    SheetView > .sheet--same { color: $text-muted; }
    SheetView > .sheet--head { text-style: bold; }
    SheetView > .sheet--good { color: $text-success; }
    SheetView > .sheet--bad { color: $text-error; }
    SheetView > .sheet--warn { color: $text-warning; }
    SheetView > .sheet--wait { color: $text-primary; }
    SheetView > .sheet--quiet { color: $text-muted; }
    SheetView > .sheet--fault { color: $text-accent; }
    SheetView > .sheet--key { color: $text-primary; }
    SheetView > .sheet--string { color: $text-success; }
    SheetView > .sheet--number { color: $text-warning; }
    SheetView > .sheet--bool { color: $text-accent; }
    SheetView > .sheet--null { color: $text-muted; }
    SheetView > .sheet--punctuation { color: $foreground; }
    SheetView > .sheet--note { color: $text-muted; }
    SheetView > .sheet--added { color: $text-success; }
    SheetView > .sheet--removed { color: $text-error; }
    SheetView > .sheet--changed { color: $text-warning; }
    SheetView > .sheet--moved { color: $text-accent; }
    """

    class Copied(Message):
        """Something that is to be copied; `what` says what it is."""

        def __init__(self, text: str, what: str) -> None:
            super().__init__()
            self.text = text
            self.what = what

    class Missed(Message):
        """A text was looked for that is not there."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self._sheet = Sheet(())
        self._drawn: list[Pieces] = []
        self._drawn_from = -1
        self.cursor = 0

    @property
    def sheet(self) -> Sheet:
        """What is shown."""
        return self._sheet

    def show(self, sheet: Sheet, *, at: int = 0) -> None:
        """Another sheet, with the cursor on this line."""
        self._sheet = sheet
        self._laid_out()
        self.cursor = -1
        self._move_to(at)

    def find(self, text: str) -> int:
        """Goes to the first place with this text from the cursor on; how many there are."""
        count = self._sheet.find(text)
        if count:
            self._go_on(self.cursor - 1, forward=True)
        self._forget()
        return count

    # Keys and mouse

    def action_move(self, by: int) -> None:
        self._move_to(self.cursor + by)

    def action_move_page(self, by: int) -> None:
        self._move_to(self.cursor + by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self._move_to(0)

    def action_last(self) -> None:
        self._move_to(len(self._sheet) - 1)

    def action_fold(self) -> None:
        """Folds or unfolds what the cursor is on."""
        to = self._sheet.toggle(self.cursor)
        if to is not None:
            self._laid_out()
            self._move_to(to)

    def action_fold_all(self, folded: bool) -> None:
        self._sheet.fold_all(folded=folded)
        self._laid_out()
        self._move_to(min(self.cursor, len(self._sheet) - 1))

    def action_hit(self, forward: bool) -> None:
        """To the next place with the text that was looked for, or to the one before."""
        if self._sheet.sought and not self._go_on(self.cursor, forward=forward):
            self.post_message(self.Missed(self._sheet.sought))

    def action_copy_value(self) -> None:
        self.post_message(self.Copied(self._sheet.value(self.cursor), "value"))

    def action_copy_path(self) -> None:
        path = self._sheet.path(self.cursor)
        if path:
            self.post_message(self.Copied(path, "path"))

    def on_click(self, event: events.Click) -> None:
        line = event.y + self.scroll_offset.y
        if 0 <= line < len(self._sheet):
            self._move_to(line)
            self.action_fold()

    def on_resize(self, event: events.Resize) -> None:
        self._laid_out()
        self._move_to(min(self.cursor, max(0, len(self._sheet) - 1)))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self.rich_style
        start = self.scroll_offset.y
        if start != self._drawn_from:
            self._drawn = self._sheet.lines(start, self.size.height)
            self._drawn_from = start
        if y >= len(self._drawn):
            return Strip.blank(width, base)
        if start + y == self.cursor:
            base += self._style("cursor" if self.has_focus else "cursor-away")
        segments = [
            Segment(
                text, base + self._style(style, partial=True) + (self._style("hit", partial=True) if hit else Style())
            )
            for text, style, hit in self._marked(self._drawn[y])
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _marked(self, pieces: Pieces) -> list[tuple[str, str, bool]]:
        """Each stretch with its style, and whether it is what was looked for."""
        sought = self._sheet.sought.lower()
        marked: list[tuple[str, str, bool]] = []
        for text, style in pieces:
            lowered = text.lower()
            if not sought.strip() or len(lowered) != len(text):
                marked.append((text, style, False))
                continue
            done = 0
            while (at := lowered.find(sought, done)) >= 0:
                marked += [(text[done:at], style, False), (text[at : at + len(sought)], style, True)]
                done = at + len(sought)
            marked.append((text[done:], style, False))
        return marked

    def _style(self, name: str, *, partial: bool = False) -> Style:
        return self.get_component_rich_style(f"sheet--{name}", partial=partial)

    # Where the cursor is

    def _go_on(self, line: int, *, forward: bool) -> bool:
        found = self._sheet.hit(line, forward=forward)
        if found is None:
            return False
        self._laid_out()
        self._move_to(found)
        return True

    def _move_to(self, line: int) -> None:
        line = min(max(0, line), max(0, len(self._sheet) - 1))
        if line != self.cursor:
            self.cursor = line
            self.refresh()
        self.scroll_to_region(Region(0, line, 1, 1), animate=False, force=True, immediate=True)

    def _laid_out(self) -> None:
        width = self.scrollable_content_region.width
        if width > 0:
            self._sheet.fit(width)
        self.hold(Size(width, len(self._sheet)))
        self._forget()

    def _forget(self) -> None:
        """Everything is drawn anew."""
        self._drawn_from = -1
        self.refresh()
