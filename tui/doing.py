"""Doing what a user asked for, in the background; what goes wrong is told in a sentence."""

from collections.abc import Coroutine
from typing import Any

from textual.widget import Widget

from emulator.domain.errors import EmulatorError
from tui.model.harmless import harmless


def do(widget: Widget, work: Coroutine[Any, Any, None]) -> None:
    """Begins it; the widget's screen lives for as long as it takes, or the work is given up with it."""
    widget.run_worker(_told(widget, work), group="do")


async def _told(widget: Widget, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except EmulatorError as error:
        widget.notify(harmless(error.sentence), severity="error", markup=False)
