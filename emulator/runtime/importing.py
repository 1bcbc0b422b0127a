"""Importing: the resources that recorded messages tell of, loaded into the shop."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emulator.domain.record import RecordKind
from emulator.domain.recording import Recording
from emulator.runtime.acceptance import Happening
from emulator.runtime.parts import Parts
from emulator.store.adoption import Adoption, Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of some messages: how many of each fate, and how many resources of each type changed."""

    fates: Mapping[Fate, int]
    resources: Mapping[str, int]


class Importing:
    """Raises no events: what is loaded has happened elsewhere."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def load(self, recordings: Sequence[Recording]) -> Imported:
        """All or nothing. Raises JournalUnwritable."""
        parts = self._parts

        async def act() -> Imported:
            adoption = Adoption(parts.journal.shelves, now=parts.clock.now())
            fates = Counter(adoption.take(recording) for recording in recordings)
            resources = adoption.resources
            note = parts.note(RecordKind.CONTROL, what="import", messages=len(recordings), resources=len(resources))
            await parts.acceptance.accept(Happening(resources=resources, records=(note,)))
            return Imported(fates=fates, resources=Counter(resource.type for resource in resources))

        return await parts.acceptance.in_turn(act)
