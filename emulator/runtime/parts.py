"""Parts: what an emulator is put together from, for the modules that each do one thing with them."""

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.core.dispatcher import Dispatcher
from emulator.core.loop_guard import LoopGuard
from emulator.core.misbehaviour import Misbehaviour
from emulator.core.scribe import Scribe
from emulator.domain.errors import JournalUnwritable
from emulator.domain.record import Record, RecordKind
from emulator.runtime.acceptance import Acceptance
from emulator.runtime.bus import Bus
from emulator.runtime.chaos import Chaos
from emulator.runtime.clocks import EmulatedClock
from emulator.runtime.engine import Engine
from emulator.runtime.journal import Journal
from emulator.runtime.lagging import LaggingShelves
from emulator.runtime.registry import Registry
from emulator.runtime.settings import Settings
from emulator.store.shop import Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    settings: Settings
    journal: Journal
    bus: Bus
    shop: Shop
    clock: EmulatedClock
    registry: Registry
    scribe: Scribe
    chaos: Chaos
    misbehaviour: Misbehaviour
    lagging: LaggingShelves
    loops: LoopGuard
    dispatcher: Dispatcher
    engine: Engine
    acceptance: Acceptance

    def note(self, kind: RecordKind, **data: object) -> Record:
        """A record of something that is not about one delivery."""
        return self.scribe.write(kind, self.clock.now(), data=data)

    def require_journal(self) -> None:
        """Before anything that is journalled only afterwards. Raises JournalUnwritable."""
        if not self.journal.healthy:
            raise JournalUnwritable("the journal cannot be written, so nothing was done; free some disk space")

    def journal_all(self, records: Sequence[Record]) -> None:
        """Queues records, and has the engine look again at what is due."""
        self.engine.journal(records)
        self.engine.wake()
