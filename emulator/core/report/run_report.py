"""Run report: what a run came to, as plain data for a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.domain.moment import parse_instant

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """`verdict` is pass, fail or inconclusive, empty where nothing was expected; `findings` are a verdict's, as its
    JSON has them; `remarks` say what was not covered; `reproduce` is the command that does it again.

    `deliveries` are as `GET /_emulator/deliveries/N` describes each, oldest first; `events` as `GET /_emulator/events`
    lists them, in the order in which they happened. `version` is this program's; `baseline` is the same without faults,
    where the two were compared.
    """

    scenario: str
    seed: int
    version: str
    settled: bool
    deliveries: Sequence[Document]
    description: str = ""
    verdict: str = ""
    findings: Sequence[Document] = ()
    remarks: Sequence[str] = ()
    reproduce: str = ""
    events: Sequence[Document] = ()
    baseline: "RunReport | None" = None

    @property
    def began(self) -> int:
        """When the first of it happened, in microseconds; 0 where nothing did."""
        instants = [event["at"] for event in self.events] or [one["created_at"] for one in self.deliveries]
        return min(map(parse_instant, instants), default=0)

    @property
    def integrations(self) -> list[str]:
        """Who was told, by name."""
        return sorted({str(one["integration"]) for one in self.deliveries})
