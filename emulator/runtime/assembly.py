"""Assembly: the parts of an emulator, made and put together as its settings ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulator.core.dispatcher import Dispatcher
from emulator.core.loop_guard import LoopGuard
from emulator.core.misbehaviour import Misbehaviour
from emulator.core.retry import RetryPolicy
from emulator.core.scribe import Scribe
from emulator.core.script import Script
from emulator.domain.integration import IntegrationType
from emulator.domain.ports import Transport
from emulator.runtime.acceptance import Acceptance
from emulator.runtime.bus import Bus
from emulator.runtime.by_hand import PAUSED
from emulator.runtime.chaos import CHAOS, Chaos
from emulator.runtime.clocks import VirtualClock, clock_of
from emulator.runtime.descriptors import sends_at_once
from emulator.runtime.engine import Engine
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.journal import Journal
from emulator.runtime.lagging import LaggingShelves
from emulator.runtime.parts import Parts
from emulator.runtime.planning import planner_of
from emulator.runtime.queues import Queues
from emulator.runtime.registry import Registry
from emulator.runtime.rendering import Rendering
from emulator.runtime.settings import Settings
from emulator.runtime.stillness import Stillness
from emulator.store.shop import Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """Where it goes on: the number of the next record and of the next delivery, and when the last record was, in
    microseconds."""

    next_seq: int = 1
    next_delivery: int = 1
    last_at: int = 0

    @classmethod
    def of(cls, journal: Journal) -> "Onset":
        """Where the last emulator left off."""
        return cls(next_seq=journal.next_seq, next_delivery=journal.next_delivery, last_at=journal.last_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What stays while an emulator begins anew. `notice` tells people something, wherever they watch."""

    bus: Bus
    queues: Queues
    notice: Callable[[str], None]


def assembled(
    settings: Settings,
    journal: Journal,
    on: Foundation,
    transports: Mapping[IntegrationType, Transport],
    onset: Onset,
) -> Parts:
    """With what the journal knows of integrations, rules and pauses. Nothing runs yet.

    Raises UnknownWord for an unknown profile, InvalidInput for fixtures that are not right.
    """
    fixtures = load_fixtures(settings.fixtures, transaction_type=settings.transaction_type.field)
    shop = Shop(seed=settings.seed, fixtures=fixtures, base_url=settings.base_url)
    clock = VirtualClock(onset.last_at) if settings.saved else clock_of(settings.clock, onset.last_at)
    registry = Registry(journal.integrations(), journal.integration_keys())
    scribe = Scribe(next_seq=onset.next_seq, last_at=onset.last_at)
    script = None if settings.plan is None else Script(settings.plan, exact=isinstance(clock, VirtualClock))
    dispatcher = Dispatcher(
        seed=settings.seed,
        planner=planner_of(settings, journal, script),
        retry=RetryPolicy(waits=settings.retry_waits),
        scribe=scribe,
        next_number=onset.next_delivery,
        ordered=registry.ordered,
    )
    for key in journal.meta(PAUSED) or ():
        if key == "*" or registry.get(key) is not None:
            dispatcher.pause(key)
    lagging = LaggingShelves(journal.shelves, lag=settings.consistency_lag, now=clock.now)
    engine = Engine(
        dispatcher=dispatcher,
        journal=journal,
        registry=registry,
        clock=clock,
        transports=transports,
        render=Rendering(shop, journal.payload_before),
        stillness=Stillness(on.queues, settings.idle_command, on.notice),
        most_at_once=sends_at_once(),
    )
    return Parts(
        settings=settings,
        journal=journal,
        bus=on.bus,
        shop=shop,
        clock=clock,
        registry=registry,
        scribe=scribe,
        chaos=Chaos(dispatcher, profile=settings.profile, now=clock.now, saved=journal.meta(CHAOS)),
        misbehaviour=Misbehaviour(settings.rate_limit),
        lagging=lagging,
        loops=LoopGuard(),
        dispatcher=dispatcher,
        engine=engine,
        acceptance=Acceptance(
            journal=journal,
            registry=registry,
            dispatcher=dispatcher,
            engine=engine,
            scribe=scribe,
            clock=clock,
            lagging=lagging,
            last_event_at=onset.last_at,
            script=script,
        ),
    )
