"""A virtual run: an emulator as it always is, its clock virtual, and receivers that are a function in its process."""

import tempfile
from pathlib import Path
from time import perf_counter

import uvloop

from benchmarks.figure import Figure, Score
from benchmarks.machine import one_core
from benchmarks.planning import DELIVERIES, PROFILE, RECEIVERS, scenario
from benchmarks.rounds import take
from emulator.core.rate_limit import RateLimit
from emulator.core.scenario import Scenario
from emulator.domain.delivery import DeliveryState
from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.runtime.collector import spare_from_collector
from emulator.runtime.emulator import Emulator
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.runtime.tally import TrafficRequest
from emulator.transports.memory import MemoryTransport

ROUNDS = 3
TARGET = 20.0
_RATE = RateLimit(limit=100, window=SECOND)


def figures() -> list[Figure]:
    """Seconds until all is delivered and journalled, beside planning the same."""
    uvloop.run(_run(RECEIVERS, 1_000))
    spare_from_collector()
    with one_core():
        rounds = take(
            ROUNDS,
            {
                "many": lambda: uvloop.run(_run(RECEIVERS, DELIVERIES)),
                "many planned": lambda: _planned(scenario(RECEIVERS)),
                "one": lambda: uvloop.run(_run(1, DELIVERIES)),
                "one planned": lambda: _planned(scenario(1)),
            },
            saturating=frozenset({"many planned", "one planned"}),
        )
    described = {"many": "10,000 events to 10 receivers", "one": "100,000 events to one receiver"}
    return [
        Figure(
            name=f"virtual run, {what}",
            measured=rounds.median(which),
            unit="s",
            beside="planning it alone",
            ceiling=rounds.median(f"{which} planned"),
            score=Score.ITSELF,
            target=TARGET,
            at_least=False,
            trusted=rounds.clean,
            note=f"{DELIVERIES / rounds.median(which):,.0f} deliveries/s"
            + (f"; {rounds.caveat}" if rounds.caveat else ""),
        )
        for which, what in described.items()
    ]


async def _run(receivers: int, deliveries: int) -> float:
    """Of an emulator of its own, whose start is not counted; its journal is a file, as usual."""
    taken = 0

    def take_in(message: Message) -> Outcome:
        nonlocal taken
        taken += 1
        return Outcome(succeeded=True, status=200)

    with tempfile.TemporaryDirectory(prefix="epcc-bench-") as directory:
        settings = Settings(
            seed=1, data_dir=Path(directory), profile=PROFILE, clock=ClockSettings(mode=ClockMode.VIRTUAL)
        )
        transport = MemoryTransport(take_in)
        emulator = await Emulator.start(settings, transports={IntegrationType.WEBHOOK: transport})
        try:
            for number in range(1, receivers + 1):
                await emulator.ensure_integration(
                    name=f"receiver-{number}",
                    integration_type=IntegrationType.WEBHOOK,
                    observes=("*",),
                    configuration=WebhookConfiguration(url="http://127.0.0.1:1/"),
                    enabled=True,
                )
            started = perf_counter()
            await emulator.traffic.start(TrafficRequest(rate=_RATE, count=deliveries // receivers))
            await emulator.traffic.ended()
            settled = await emulator.settle(time_limit=600)
            seconds = perf_counter() - started
            _, succeeded = emulator.journal.deliveries(state=DeliveryState.SUCCEEDED, limit=1)
        finally:
            await emulator.stop()
    assert settled, "the deliveries did not end in time"
    assert taken >= succeeded >= deliveries, f"{taken} messages, {succeeded} deliveries"
    return seconds


def _planned(asked: Scenario) -> float:
    fixtures = load_fixtures()
    started = perf_counter()
    Rehearsal(asked, fixtures).schedule()
    return perf_counter() - started
