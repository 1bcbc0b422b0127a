"""Reasons: for every integration there is or was, why an event reached it or did not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emulator.core.projection import fold
from emulator.core.why import Reason, of_delivery, of_none
from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import NotFound
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.record import Record, RecordKind
from emulator.runtime.journal import DeliveryRow
from emulator.runtime.parts import Parts
from emulator.runtime.settings import ClockMode

_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """An event, and a reason for each integration: those there are in their order, then those that are gone."""

    event: Event
    reasons: tuple[Reason, ...]


class Reasons:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def about(self, identity: str) -> Explained:
        """Raises NotFound for an event that is not known (any more)."""
        journal = self._parts.journal
        event = journal.event(identity)
        if event is None:
            raise NotFound(f"there is no event '{identity}'; `epcc-emulator events` lists them")
        rows, _ = journal.deliveries(event=identity, limit=_MOST)
        by_integration: dict[str, list[DeliveryRow]] = {}
        for row in rows:
            by_integration.setdefault(row.integration, []).append(row)
        integrations = self._parts.registry.all()
        then = await self._as_they_were(event, [one for one in integrations if one.key not in by_integration])
        reasons = []
        for integration in integrations:
            mine = by_integration.pop(integration.key, None)
            reasons.append(self._delivered(mine) if mine else of_none(event, integration, then.get(integration.key)))
        for gone in by_integration.values():
            reason = self._delivered(gone)
            reasons.append(replace(reason, text=f"{reason.text} (the integration is gone)"))
        return Explained(event=event, reasons=tuple(reasons))

    def _delivered(self, rows: Sequence[DeliveryRow]) -> Reason:
        """By the delivery that tells the most: one that arrived, else one that may yet, else the newest."""
        row = next((row for row in rows if row.state is DeliveryState.SUCCEEDED), None)
        row = row or next((row for row in rows if row.open), rows[0])
        records = self._parts.journal.records_of(row.number)
        view = fold(records)
        assert view is not None, "a delivery that is listed has its records"
        settled = next((record for record in reversed(records) if record.kind is RecordKind.SETTLED), None)
        return of_delivery(
            view,
            settled=None if settled is None else settled.data.get("why"),
            paused=bool({row.integration, "*"} & self._parts.dispatcher.paused),
            virtual=self._parts.settings.clock.mode is ClockMode.VIRTUAL and self._parts.settings.saved is None,
        )

    async def _as_they_were(self, event: Event, integrations: Sequence[Integration]) -> dict[str, Integration]:
        """Those of them that changed since, as they were when it happened, where that was written down."""
        changed = {one.key: one for one in integrations if one.created_at <= event.at < one.updated_at}
        if not changed:
            return {}
        then: dict[str, Record] = {}
        for record in await self._parts.journal.integration_changes():
            if record.at <= event.at and record.data["key"] in changed and "enabled" in record.data:
                then[record.data["key"]] = record
        return {
            key: replace(changed[key], enabled=record.data["enabled"], observes=tuple(record.data["observes"]))
            for key, record in then.items()
        }
