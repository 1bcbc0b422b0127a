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

    async def about(self, identity: str, *, until: int | None = None) -> Explained:
        """As it is now, or was when the record `until` was the newest: what is planned later is not there yet, and its
        integration not mentioned. Raises NotFound for an event that is not known (any more)."""
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
            if mine is None:
                reasons.append(of_none(event, integration, then.get(integration.key)))
            elif (reason := self._delivered(mine, until)) is not None:
                reasons.append(reason)
        reasons += [
            replace(reason, text=f"{reason.text} (the integration is gone)")
            for gone in by_integration.values()
            if (reason := self._delivered(gone, until)) is not None
        ]
        return Explained(event=event, reasons=tuple(reasons))

    def _delivered(self, rows: Sequence[DeliveryRow], until: int | None) -> Reason | None:
        """By the delivery that tells the most: one that arrived, else one that may yet, else the newest. None where
        none was planned yet."""
        if until is not None:
            rows = [then for row in rows if (then := self._then(row, until)) is not None]
            if not rows:
                return None
        row = next((row for row in rows if row.state is DeliveryState.SUCCEEDED), None)
        row = row or next((row for row in rows if row.open), rows[0])
        records = self._parts.journal.records_of(row.number, until=until)
        view = fold(records)
        assert view is not None, "a delivery that is listed has its records"
        settled = next((record for record in reversed(records) if record.kind is RecordKind.SETTLED), None)
        return of_delivery(
            view,
            settled=None if settled is None else settled.data.get("why"),
            paused=bool({row.integration, "*"} & self._parts.dispatcher.paused),
            virtual=self._parts.settings.clock.mode is ClockMode.VIRTUAL and self._parts.settings.saved is None,
        )

    def _then(self, row: DeliveryRow, until: int) -> DeliveryRow | None:
        """Where it stood; None where it was not planned yet."""
        view = fold(self._parts.journal.records_of(row.number, until=until))
        return None if view is None else replace(row, state=view.state, pending=len(view.pending))

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
