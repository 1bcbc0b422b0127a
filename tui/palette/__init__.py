"""The command palette: everything there is to do, found by a few letters of its name."""

from tui.palette.events import Events
from tui.palette.keys import Keys
from tui.palette.profiles import Profiles
from tui.palette.scenarios import Scenarios
from tui.palette.themes import Themes

EVERYTHING = (Keys, Events, Scenarios, Profiles, Themes)
"""What the palette offers, in this order."""

__all__ = ["EVERYTHING", "Events"]
