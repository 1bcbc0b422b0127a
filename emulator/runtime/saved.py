"""Saved: an emulator over a journal that somebody left, or writes right now. It shows everything and does nothing."""

from pathlib import Path

from emulator.domain.errors import UserError
from emulator.domain.integration import IntegrationType
from emulator.loading.profiles import load_profile
from emulator.runtime.chaos import CHAOS
from emulator.runtime.emulator import Emulator
from emulator.runtime.journal import Journal
from emulator.runtime.recovery import recover
from emulator.runtime.reset import CLOCK, SEED
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.transports.memory import MemoryTransport


def open_saved(path: Path) -> Emulator:
    """The emulator of this journal (the file, or its data directory), as of its last record.

    It was not started: time stands still and nothing is ever sent; whoever asks it for a change has to be refused.
    Raises EnvironmentFault for a file that is no whole journal.
    """
    journal = Journal.read_only(path)
    settings = Settings(
        seed=int(journal.meta(SEED) or 0),
        profile=_profile(journal),
        clock=ClockSettings(mode=ClockMode(journal.meta(CLOCK) or ClockMode.VIRTUAL), start=journal.last_at),
        saved=journal.path,
    )
    emulator = Emulator(settings, journal, {kind: MemoryTransport() for kind in IntegrationType})
    parts = emulator.parts
    recover(journal, parts.dispatcher, parts.registry, parts.clock.now(), to_look_at=True)
    return emulator


def _profile(journal: Journal) -> str:
    """The one that was asked for, if it can still be loaded."""
    asked = str((journal.meta(CHAOS) or {}).get("asked", "off"))
    try:
        load_profile(asked)
    except UserError:
        return "off"
    return asked
