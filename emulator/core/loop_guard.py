"""LoopGuard: notices a receiver that feeds itself, by writing what it is then told of. Told the time; it waits for
nothing and stops nothing."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emulator.core.drafting import Drafted
from emulator.core.job import Job
from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import MINUTE, format_duration

ROUNDS = 10
"""Writes after one's own events that make a loop: more than any chain of receivers that each write once."""
QUIET = MINUTE
"""How long after a write the next one may follow from it. Wall time, in which receivers react under every clock."""
_WATCHED = 1_000
_LEFT = (DeliveryState.SENDING, DeliveryState.WAITING, DeliveryState.SUCCEEDED, DeliveryState.EXHAUSTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """`rounds` writes of one resource in `took` microseconds, each after an event of the one before was delivered."""

    resource: str
    keys: tuple[str, ...]
    rounds: int
    took: int

    def __str__(self) -> str:
        return (
            f"{self.resource} was written {self.rounds} times in {format_duration(self.took)}, each time after its own "
            f"{' and '.join(self.keys)} had been delivered: it looks as if a receiver feeds itself. "
            "Have it write only when something would change"
        )


@dataclass(slots=True, kw_only=True)
class _Chain:
    """Writes that may each have come of the one before; `jobs` are the deliveries that came of the last."""

    begun: int
    last: int
    jobs: tuple[Job, ...]
    rounds: int = 0

    def goes_on(self, now: int) -> bool:
        return now - self.last <= QUIET and any(job.state in _LEFT for job in self.jobs)


class LoopGuard:
    """Watches the resources that were written last."""

    def __init__(self) -> None:
        self._chains: OrderedDict[str, _Chain] = OrderedDict()

    def written(self, resource: str, drafted: Sequence[Drafted], now: int) -> Loop | None:
        """A caller of the API has changed this resource, at `now`; `drafted` is what came of it.

        Answers with a loop once for each, as soon as it is one.
        """
        jobs = tuple(job for plan in drafted for job in plan.jobs if job.event.resource == resource)
        chain = self._chains.pop(resource, None)
        if not jobs:
            return None
        if chain is None or not chain.goes_on(now):
            chain = _Chain(begun=now, last=now, jobs=jobs)
        else:
            chain.rounds += 1
            chain.last = now
            chain.jobs = jobs
        self._chains[resource] = chain
        while len(self._chains) > _WATCHED:
            self._chains.popitem(last=False)
        if chain.rounds != ROUNDS:
            return None
        keys = tuple(dict.fromkeys(job.event.key for job in jobs))
        return Loop(resource=resource, keys=keys, rounds=ROUNDS, took=now - chain.begun)

    def clear(self) -> None:
        """Back to the beginning."""
        self._chains.clear()

    def changed(self, resources: Iterable[str]) -> None:
        """These were changed otherwise: what is written next need not follow from what was written last."""
        for resource in resources:
            self._chains.pop(resource, None)
