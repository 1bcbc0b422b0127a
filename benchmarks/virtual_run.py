"""A virtual run: an emulator as it always is, its clock virtual, and receivers that are a function in its process."""

import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from time import perf_counter

import uvloop

from benchmarks.figure import Figure, Score
from benchmarks.planning import DELIVERIES, PROFILE, RECEIVERS, scenario, whole
from benchmarks.rounds import Rounds, take
from benchmarks.settling import EVENTS_A_LIFE, LIFE, OBSERVED
from emulator.core.rate_limit import RateLimit
from emulator.domain.delivery import DeliveryState
from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.runtime.collector import spare_from_collector
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.runtime.tally import TrafficRequest
from emulator.runtime.trigger import TriggerRequest
from emulator.transports.memory import MemoryTransport

ROUNDS = 3
TARGET = 20.0
_RATE = RateLimit(limit=100, window=SECOND)
_TAKEN = Outcome(succeeded=True, status=200)
_EVERYTHING = ("*",)
_Act = Callable[[Emulator], Awaitable[None]]


def figures(*, full: bool) -> list[Figure]:
    """Seconds until all is delivered and journalled. On all processors, for the journal has a thread of its own."""
    uvloop.run(_run(RECEIVERS, 1_000, OBSERVED, _one_command(1_000)))
    spare_from_collector()
    many = scenario(RECEIVERS)
    rounds = take(
        ROUNDS,
        {
            "burst": lambda: uvloop.run(_run(RECEIVERS, DELIVERIES, OBSERVED, _one_command(DELIVERIES))),
            "traffic": lambda: uvloop.run(_run(RECEIVERS, DELIVERIES, _EVERYTHING, _traffic(DELIVERIES // RECEIVERS))),
            "planned": lambda: whole(many),
        },
        saturating=frozenset({"planned"}),
    )
    found = [
        _figure("virtual run, one command, 10 receivers", rounds, "burst", "planning as much traffic", "planned"),
        _figure("virtual run, traffic, 10 receivers", rounds, "traffic", "planning it", "planned"),
    ]
    if full:
        one = scenario(1)
        alone: Mapping[str, Callable[[], float]] = {
            "traffic": lambda: uvloop.run(_run(1, DELIVERIES, _EVERYTHING, _traffic(DELIVERIES))),
            "planned": lambda: whole(one),
        }
        rounds = take(1, alone, saturating=frozenset({"planned"}))
        found.append(_figure("virtual run, traffic, one receiver", rounds, "traffic", "planning it", "planned"))
    return found


def _figure(name: str, rounds: Rounds, measured: str, beside: str, ceiling: str) -> Figure:
    times = rounds.found[measured]
    how = f"{DELIVERIES / rounds.median(measured):,.0f} deliveries/s; rounds {min(times):.1f} to {max(times):.1f} s"
    return Figure(
        name=name,
        measured=rounds.median(measured),
        unit="s",
        beside=beside,
        ceiling=rounds.median(ceiling),
        score=Score.ITSELF,
        target=TARGET,
        at_least=False,
        trusted=rounds.clean,
        note="; ".join(filter(None, (how, rounds.caveat))),
    )


def _one_command(deliveries: int) -> _Act:
    """So many orders' lives at once; they share transactions."""

    async def act(emulator: Emulator) -> None:
        lives = -(-deliveries // (EVENTS_A_LIFE * RECEIVERS))
        await emulator.trigger(TriggerRequest(key=LIFE, count=lives))

    return act


def _traffic(events: int) -> _Act:
    """A hundred events a second of all kinds; each command at its own time, so in a transaction of its own."""

    async def act(emulator: Emulator) -> None:
        await emulator.traffic.start(TrafficRequest(rate=_RATE, count=events))
        await emulator.traffic.ended()

    return act


async def _run(receivers: int, deliveries: int, observes: tuple[str, ...], act: _Act) -> float:
    """Of an emulator of its own, whose start is not counted; its journal is a file, as usual."""
    taken = 0

    def take_in(message: Message) -> Outcome:
        nonlocal taken
        taken += 1
        return _TAKEN

    with tempfile.TemporaryDirectory(prefix="epcc-bench-") as directory:
        clock = ClockSettings(mode=ClockMode.VIRTUAL)
        settings = Settings(seed=1, data_dir=Path(directory), profile=PROFILE, clock=clock)
        transport = MemoryTransport(take_in, keep=False)
        emulator = await Emulator.start(settings, transports={IntegrationType.WEBHOOK: transport})
        try:
            for number in range(1, receivers + 1):
                await emulator.ensure_integration(
                    name=f"receiver-{number}",
                    integration_type=IntegrationType.WEBHOOK,
                    observes=observes,
                    configuration=WebhookConfiguration(url="http://127.0.0.1:1/"),
                    enabled=True,
                )
            started = perf_counter()
            await act(emulator)
            settled = await emulator.settle(time_limit=600)
            seconds = perf_counter() - started
            _, succeeded = emulator.journal.deliveries(state=DeliveryState.SUCCEEDED, limit=1)
        finally:
            await emulator.stop()
    assert settled, "the deliveries did not end in time"
    assert taken >= succeeded >= deliveries, f"{taken} messages, {succeeded} deliveries"
    return seconds
