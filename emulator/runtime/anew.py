"""Anew: another beginning within the same process, under other settings: another seed, profile, clock or plan."""

from collections.abc import Callable, Mapping

from emulator.domain.integration import IntegrationType
from emulator.domain.ports import Transport
from emulator.domain.record import Transaction
from emulator.runtime.assembly import Foundation, Onset, assembled
from emulator.runtime.journal import Journal
from emulator.runtime.parts import Parts
from emulator.runtime.reset import news_of_start
from emulator.runtime.settings import Settings


async def begin_anew(
    old: Parts,
    settings: Settings,
    on: Foundation,
    transports: Mapping[IntegrationType, Transport],
    put_in_place: Callable[[Parts], None],
) -> None:
    """Parts in which nothing has happened, over a journal of their own that is not kept; they run once they are
    `put_in_place`. Within a turn of the old ones.

    The old parts end: whoever still waits for something of theirs is refused, and their journal stays as it is. Raises
    UnknownWord, InvalidInput and EnvironmentFault, and then everything goes on as before.
    """
    journal = Journal.open(None, history_bytes=settings.history_bytes)
    try:
        async with old.engine.grounded():
            parts = assembled(settings, journal, on, transports, Onset(next_seq=old.scribe.next_seq))
            await journal.commit(Transaction(meta=news_of_start(parts)))
            old.acceptance.end()
            await old.engine.halt()
    except BaseException:
        await journal.close()
        raise
    put_in_place(parts)
    parts.engine.start()
    await old.journal.close()
