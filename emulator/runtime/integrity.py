"""Integrity of an emulator: everything in its shop, and every event it still knows, looked at once."""

import asyncio
from dataclasses import dataclass

from emulator.domain.resource import Resource
from emulator.runtime.journal import Journal
from emulator.store.integrity import Finding, history_findings, resource_findings
from emulator.store.kinds import KINDS

_AT_ONCE = 100
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityReport:
    """How much was looked at, and what was found, at most a thousand findings."""

    resources: int
    events: int
    findings: tuple[Finding, ...]


async def check_integrity(journal: Journal) -> IntegrityReport:
    """Looks at everything that is there; what happens meanwhile goes on."""
    resources = events = 0
    findings: list[Finding] = []
    for type in sorted({type for group in KINDS for type in (*group.forms, group.type)}):
        offset = 0
        while page := journal.shelves.page(type, offset=offset, limit=_AT_ONCE)[0]:
            offset += len(page)
            for resource in page:
                resources += 1
                findings += resource_findings(resource, journal.shelves)
                events += _history(journal, resource, findings)
            await asyncio.sleep(0)
            if len(findings) >= _MOST:
                return IntegrityReport(resources=resources, events=events, findings=tuple(findings[:_MOST]))
    return IntegrityReport(resources=resources, events=events, findings=tuple(findings))


def _history(journal: Journal, resource: Resource, findings: list[Finding]) -> int:
    events, _ = journal.events(resource=resource.key, limit=_MOST, newest_first=False)
    findings += history_findings(events)
    return len(events)
