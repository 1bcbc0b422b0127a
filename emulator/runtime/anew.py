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


async def fresh_parts(settings: Settings, on: Foundation, transports: Mapping[IntegrationType, Transport]) -> Parts:
    """Parts in which nothing has happened, over a journal of their own that is not kept; they do not run yet.

    Raises UnknownWord, InvalidInput and EnvironmentFault.
    """
    journal = Journal.open(None, history_bytes=settings.history_bytes)
    try:
        parts = assembled(settings, journal, on, transports, Onset())
        await journal.commit(Transaction(meta=news_of_start(parts)))
    except BaseException:
        await journal.close()
        raise
    return parts


async def begin_anew(old: Parts, new: Parts, put_in_place: Callable[[Parts], None]) -> None:
    """The new parts run, once they are `put_in_place`; their records are numbered on. Within a turn of the old ones.

    The old parts end: whoever still waits for something of theirs is refused, and their journal stays as it is.
    """
    async with old.engine.grounded():
        old.acceptance.end()
        await old.engine.halt()
    new.scribe.next_seq = old.scribe.next_seq
    put_in_place(new)
    new.engine.start()
