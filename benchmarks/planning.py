"""Planning: a hundred thousand deliveries under the profile `documented`, from their events to the order of sends."""

from time import perf_counter

from benchmarks.figure import Figure, Score
from benchmarks.machine import one_core
from benchmarks.rounds import Rounds, take
from emulator.core.dice import Dice, spelt
from emulator.core.dispatcher import Dispatcher
from emulator.core.plan import Planner
from emulator.core.retry import RetryPolicy
from emulator.core.scenario import Scenario
from emulator.core.schedule import Schedule
from emulator.core.schedule_scribe import ScheduleScribe
from emulator.core.simulate import simulate
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.loading.profiles import load_profile
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.collector import not_looking
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal
from emulator.store.memory import MemoryShelves
from emulator.store.mix import Mix
from emulator.store.shop import Shop
from emulator.store.traffic import Traffic

ROUNDS = 3
DELIVERIES = 100_000
RECEIVERS = 10
TARGET = 3.0
PROFILE = "documented"
_START = 1_767_225_600_000_000
_APART = 10_000


def figures(*, full: bool) -> list[Figure]:
    """Seconds for all of them, in a warm process."""
    events = shop_events(DELIVERIES // RECEIVERS)
    many, one = scenario(RECEIVERS), scenario(1)
    Rehearsal(scenario(1, deliveries=100), load_fixtures()).schedule()
    with one_core():
        rounds = take(
            ROUNDS,
            {
                "given": lambda: _given(events),
                "draws": _draws,
                "many": lambda: whole(many),
                "events": lambda: _events(DELIVERIES // RECEIVERS),
            },
            saturating=frozenset({"given", "draws", "many", "events"}),
        )
        found = [
            _figure("planning deliveries of given events", rounds, "given", "the rules' first draws alone", "draws"),
            _figure("`plan` of traffic, 10 receivers", rounds, "many", "its events alone", "events"),
        ]
        if full:
            alone = {"one": lambda: whole(one), "events": lambda: _events(DELIVERIES)}
            rounds = take(1, alone, saturating=frozenset(alone))
            found.append(_figure("`plan` of traffic, one receiver", rounds, "one", "its events alone", "events"))
    return found


def _figure(name: str, rounds: Rounds, measured: str, beside: str, ceiling: str) -> Figure:
    found = rounds.found[measured]
    how = f"rounds {min(found):.2f} to {max(found):.2f} s"
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


def scenario(receivers: int, deliveries: int = DELIVERIES) -> Scenario:
    """A busy shop: so many receivers, who observe everything, and a hundred events a second."""
    integrations = [{"name": name, "url": "http://127.0.0.1:1/", "observes": ["*"]} for name in _names(receivers)]
    text = (
        f"seed: 1\nprofile: {PROFILE}\nintegrations: {integrations}\n"
        f"steps: [{{traffic: {{rate: 100/s, count: {deliveries // receivers}}}}}]\n"
    )
    return parse_scenario(text, "benchmark", {})


def shop_events(count: int) -> list[Event]:
    """Those of a busy shop, and nothing else."""
    shop, shelves, mix = Shop(seed=1, fixtures=load_fixtures()), MemoryShelves(), Mix()
    traffic, at = Traffic(1, mix), _START
    for type in sorted({type for story in mix.stories for type in story.house}):
        shelves.put(shop.furnished(type, shelves, at))
    events: list[Event] = []
    while len(events) < count:
        turn = traffic.next()
        change = shop.execute(turn.command, shelves, at)
        shelves.put(change.resources)
        traffic.done(turn, change.subject)
        events += change.events
        at += max(1, len(change.events)) * _APART
    return events[:count]


def _events(count: int) -> float:
    started = perf_counter()
    shop_events(count)
    return perf_counter() - started


def _given(events: list[Event]) -> float:
    rules = load_profile(PROFILE).rules
    receivers = [_receiver(name) for name in _names(RECEIVERS)]
    started = perf_counter()
    scribe = ScheduleScribe()
    planner = Planner(dice=Dice(1), rules=rules)
    dispatcher = Dispatcher(
        seed=1,
        planner=planner,
        retry=RetryPolicy(),
        scribe=scribe,
        max_in_flight=DELIVERIES,
        job_id=lambda _: "",
    )
    with not_looking():
        simulate(dispatcher, events, receivers)
    seconds = perf_counter() - started
    assert dispatcher.pending == 0
    assert len({(send.event, send.integration) for send in scribe.sends}) == DELIVERIES
    return seconds


def _draws() -> float:
    """What each rule decides for each delivery, once."""
    rules = load_profile(PROFILE).rules
    started = perf_counter()
    dice = Dice(1)
    for rule in rules:
        decisions = dice.decisions("rule", rule.id, probability=rule.probability)
        for number in range(DELIVERIES):
            decisions.hit(spelt(f"order:{number}/order.paid:1", "receiver-1", 1, 1))
    return perf_counter() - started


def whole(asked: Scenario) -> float:
    """From the scenario to its schedule."""
    fixtures = load_fixtures()
    started = perf_counter()
    schedule: Schedule = Rehearsal(asked, fixtures).schedule()
    seconds = perf_counter() - started
    assert len({(send.event, send.integration) for send in schedule.sends}) >= DELIVERIES
    return seconds


def _names(count: int) -> list[str]:
    return [f"receiver-{number}" for number in range(1, count + 1)]


def _receiver(name: str) -> Integration:
    return Integration(
        key=name,
        id=name,
        name=name,
        managed=True,
        enabled=True,
        observes=("*",),
        integration_type=IntegrationType.WEBHOOK,
        configuration=WebhookConfiguration(url="http://127.0.0.1:1/"),
        created_at=0,
        updated_at=0,
    )
