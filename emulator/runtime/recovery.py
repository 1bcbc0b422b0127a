"""Recovery: what an earlier process left open is taken up again."""

from collections.abc import Sequence

from emulator.core.dispatcher import Dispatcher
from emulator.core.projection import fold
from emulator.domain.record import Record, RecordKind
from emulator.runtime.journal import Journal
from emulator.runtime.registry import Registry


def recover(
    journal: Journal, dispatcher: Dispatcher, registry: Registry, now: int, *, to_look_at: bool = False
) -> Sequence[Record]:
    """Plans every send without an outcome again, as the same attempt; answers with the records of it.

    Deliveries of integrations that are gone or disabled become cancelled. What is only `to_look_at` is as of when it
    was planned.
    """
    records: list[Record] = []
    orphans: set[str] = set()
    for _, steps in journal.open_deliveries():
        view = fold(steps)
        event = None if view is None else journal.event(view.key.event)
        if view is None or event is None:
            continue
        integration = registry.get(view.key.integration)
        if integration is None or not integration.enabled:
            orphans.add(view.key.integration)
        planned = max(record.at for record in steps if record.kind in (RecordKind.PLANNED, RecordKind.ADDED))
        records += dispatcher.restore(view.job(event), view.pending, planned if to_look_at else now, since=planned)
    for key in sorted(orphans):
        records += dispatcher.cancel(key, "the integration is disabled or deleted", now)
    return records
