"""The journal: one SQLite file that every step is written to, ahead of its effects."""

from emulator.runtime.journal.aside import considerate
from emulator.runtime.journal.journal import Journal
from emulator.runtime.journal.rows import AttemptRow, DeliveryRow, Erased
from emulator.runtime.journal.window import Window

__all__ = ["AttemptRow", "DeliveryRow", "Erased", "Journal", "Window", "considerate"]
