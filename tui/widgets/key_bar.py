"""KeyBar: the keys that there is something to do with, in one line at the bottom."""

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import RenderResult
from textual.screen import Screen
from textual.widget import Widget


class _Shown(NamedTuple):
    """One key that is shown. `key` is what a click presses."""

    key: str
    name: str
    description: str
    enabled: bool
    tooltip: str

    @property
    def width(self) -> int:
        return cell_len(self.name) + cell_len(self.description) + 3


class KeyBar(Widget):
    """Says what Textual's Footer says, and presses a key that is clicked.

    The Footer has a widget for each key and makes them anew whenever one changes: half of what it takes to open a page.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"keys--{name}" for name in ("key", "text", "pointed", "disabled")}
    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; color: $footer-foreground; background: $footer-background; }
    KeyBar > .keys--key { color: $footer-key-foreground; background: $footer-key-background; text-style: bold; }
    KeyBar > .keys--text { color: $footer-description-foreground; background: $footer-description-background; }
    KeyBar > .keys--pointed { background: $block-hover-background; }
    KeyBar > .keys--disabled { text-style: dim; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[_Shown, ...] = ()
        self._pointed: str | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        pointed = self._at(event.x)
        self.tooltip = pointed.tooltip if pointed is not None and pointed.tooltip else None
        self._point(None if pointed is None else pointed.key)

    def on_leave(self) -> None:
        self._point(None)

    def on_click(self, event: events.Click) -> None:
        pointed = self._at(event.x)
        if pointed is None:
            return
        if pointed.enabled:
            self.app.simulate_key(pointed.key)
        else:
            self.app.bell()

    def render(self) -> RenderResult:
        line = Text(no_wrap=True, overflow="crop")
        key_style, text_style, pointed, disabled = (
            self.get_component_rich_style(f"keys--{name}", partial=partial)
            for name, partial in (("key", False), ("text", False), ("pointed", True), ("disabled", True))
        )
        for shown in self._keys:
            more = pointed if shown.key == self._pointed else key_style.null()
            if not shown.enabled:
                more += disabled
            line.append(f" {shown.name} ", key_style + more)
            line.append(f"{shown.description} ", text_style + more)
        return line

    def _changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self.call_after_refresh(self._look)

    def _look(self) -> None:
        """Of several keys that do the same the first one, as far as their names are known to the screen."""
        if not self.is_attached:
            return
        found: dict[str, _Shown] = {}
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show and binding.action not in found:
                name = self.app.get_key_display(binding)
                found[binding.action] = _Shown(binding.key, name, binding.description, enabled, tooltip)
        keys = tuple(found.values())
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _at(self, x: int) -> _Shown | None:
        """The key that is shown there."""
        for shown in self._keys:
            if x < shown.width:
                return shown
            x -= shown.width
        return None

    def _point(self, key: str | None) -> None:
        if key != self._pointed:
            self._pointed = key
            self.refresh()
