"""Tall: a view of many lines, whose number changes without anything around it being moved."""

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget


class Tall(ScrollView):
    """Only for one whose place on the screen does not follow from what is in it.

    Textual lays out the whole screen whenever a `virtual_size` is set, where most of the painting came from with lines
    that are added ten times a second.
    """

    def hold(self, size: Size) -> None:
        """What there is to scroll through, in cells; the scroll bar follows."""
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)
