"""Scenario run: a scenario played to a real receiver by an emulator of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emulator.api.environment import environment_of
from emulator.core.evidence import Delivered, evidence
from emulator.core.reading import Reading
from emulator.core.scenario import Observer, Scenario
from emulator.core.schedule import Schedule
from emulator.core.schedule_check import check_events, check_receivers
from emulator.domain.errors import EnvironmentFault, UserError
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import SECOND, parse_instant
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.harness.player import Player
from emulator.harness.readings import read_probes
from emulator.harness.receiver_process import ReceiverProcess
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import ANYBODY, Rehearsal
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a run came to. `settled` is False when the time limit passed before nothing was left to send.

    `began` is microseconds; `readings` is what the probes said, by the place of their expectation; `aliases` are other
    names that resources got; `caused` is when the events happened that the receiver's own calls raised, as far as that
    was looked at; `baseline` is the run without faults that it is compared with; `judged` are the integrations that the
    scenario is about, all where it is empty; `details` is every delivery with all that is known of it, and `happened`
    every event, where that was asked for.
    """

    scenario: Scenario
    settled: bool
    events: int
    deliveries: tuple[Mapping[str, Any], ...]
    attempts: tuple[Mapping[str, Any], ...]
    began: int = 0
    readings: Mapping[int, Reading] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    caused: Mapping[str, str] = field(default_factory=dict)
    baseline: "Played | None" = None
    judged: frozenset[str] = frozenset()
    details: tuple[Mapping[str, Any], ...] = ()
    happened: tuple[Mapping[str, Any], ...] = ()


def settings_of(
    scenario: Scenario, *, data_dir: Path | None = None, fixtures: Path | None = None, plan: Schedule | None = None
) -> Settings:
    """The emulator that a scenario asks for: on a free port, keeping nothing unless told where.

    `plan` is one of the scenario, perhaps edited, that it keeps to.
    """
    clock = scenario.clock
    return Settings(
        seed=scenario.seed,
        profile=scenario.profile,
        clock=ClockSettings(mode=ClockMode(clock.mode), speed=clock.speed, start=clock.start),
        enabled_by_default=True,
        webhook_timeout=scenario.webhook_timeout / SECOND,
        data_dir=data_dir,
        fixtures=fixtures,
        plan=plan,
    )


def moments_of(scenario: Scenario, settings: Settings) -> Sequence[int]:
    """When each act of the scenario begins, by the settings' plan; none where there is no plan.

    Raises InvalidInput, with the place in the plan, where the shop of this version, under these fixtures, does not
    raise its events, and for a treatment that an integration's messages cannot get.
    """
    if settings.plan is None:
        return ()
    check_receivers(settings.plan, {one.name: one.integration_type for one in scenario.integrations or (ANYBODY,)})
    rehearsal = Rehearsal(scenario, load_fixtures(settings.fixtures))
    check_events(settings.plan, rehearsal.schedule())
    return rehearsal.moments


class Stage:
    """An emulator, a scenario's receiver and its integrations, ready to be played on: `url` is where the emulator is,
    `environment` what a program finds of it and of the receiver. Scenarios may follow each other on it."""

    def __init__(
        self,
        scenario: Scenario,
        local: LocalEmulator,
        client: ControlClient,
        receiver: ReceiverProcess,
        forward_to: str | None,
    ) -> None:
        self.client = client
        self.url = client.url
        self.receiver = receiver
        self._local = local
        self._forward_to = forward_to
        own = {} if receiver.url is None else {"RECEIVER_URL": receiver.url}
        queues = self._prepare(scenario)
        # By now the servers run that its queues need.
        self.environment = {**environment_of(local.emulator, local.url), **queues, **own}

    def begin_anew(self, scenario: Scenario, settings: Settings) -> None:
        """Nothing has happened yet, and the receiver is made to forget.

        Raises EnvironmentFault where that is not possible, InvalidInput for an integration that is refused.
        """
        emulator = self._local.emulator
        kept = emulator.settings  # who may call it, which the receiver was told
        settings = replace(
            settings,
            idle_command=self.receiver.idle,
            client_secret=kept.store_secret,
            org_client_secret=kept.organization_secret,
        )
        self._local.call(emulator.begin_anew(settings))
        self.receiver.forget()
        self._prepare(scenario)
        self.begin()

    def begin(self) -> None:
        """From now on it counts what happens."""
        self._began = parse_instant(self.client.clock()["now"])

    def play(self, moments: Sequence[int] = (), *, faultless: bool = False, noted: list[int] | None = None) -> bool:
        """Does what the scenario says, as a Player does; whether everything was settled within its time limit."""
        return Player(self.client, self._scenario, moments, faultless=faultless, noted=noted).play()

    def settle(self) -> bool:
        """Waits until nothing more is to be sent; False when that takes longer than the scenario's time limit."""
        return self.client.settle(self._scenario.time_limit / SECOND)

    def played(self, settled: bool, *, details: bool = False) -> Played:
        """What it came to, with the receiver's state. Raises EnvironmentFault where that cannot be asked for."""
        readings = read_probes(self._scenario.expect, self.client, self.receiver, settled=settled)
        played = outcome_of(self.client, self._scenario, settled=settled)
        each = tuple(self.client.delivery(str(one["number"])) for one in played.deliveries) if details else ()
        happened = events_of(self.client) if details else ()
        return replace(played, began=self._began, readings=readings, details=each, happened=happened)

    def _prepare(self, scenario: Scenario) -> Mapping[str, str]:
        """Its integrations are there. Answers with what the consumers of its queues need in their environment."""
        self._scenario = scenario
        needed: dict[str, str] = {}
        for observer in scenario.integrations or (ANYBODY,):
            needed |= register(self.client, scenario, observer, self._forward_to or self.receiver.url)
        return needed


@contextmanager
def staged(
    scenario: Scenario,
    *,
    forward_to: str | None = None,
    settings: Settings | None = None,
    on_ready: Callable[[str], object] = lambda _url: None,
    on_receiver: Callable[[int], object] = lambda _group: None,
) -> Iterator[Stage]:
    """Starts the emulator and the scenario's receiver, and ends them.

    `forward_to` is where webhooks go instead of where the scenario says; `on_ready` is told where the emulator is,
    before anything happens, and `on_receiver` of the process group of each receiver that is started. Raises
    EnvironmentFault when something that the run needs is not there, InvalidInput for an integration that is refused.
    """
    receiver = ReceiverProcess(scenario.receiver, on_start=on_receiver)
    settings = replace(settings or settings_of(scenario), idle_command=receiver.idle)
    with LocalEmulator(settings) as local, ControlClient(local.url) as client:
        on_ready(local.url)
        stage = Stage(scenario, local, client, receiver, forward_to)
        with receiver.running(stage.environment):
            stage.begin()
            yield stage


def play(
    scenario: Scenario,
    *,
    forward_to: str | None = None,
    settings: Settings | None = None,
    on_ready: Callable[[str], object] = lambda _url: None,
    details: bool = False,
) -> Played:
    """Plays it on a stage of its own, and tells what happened to every delivery.

    Raises what staging does, and InvalidInput for a step that is refused and for a plan that cannot be kept to.
    """
    settings = settings or settings_of(scenario)
    moments = moments_of(scenario, settings)
    with staged(scenario, forward_to=forward_to, settings=settings, on_ready=on_ready) as stage:
        return stage.played(stage.play(moments), details=details)


def outcome_of(client: ControlClient, scenario: Scenario, *, settled: bool) -> Played:
    """What a scenario came to on a running emulator, with all that it knows but for the receiver's state."""
    return Played(
        scenario=scenario,
        settled=settled,
        events=client.events(limit=1)["results"]["total"],
        deliveries=tuple(_all(client.deliveries)),
        attempts=tuple(_all(client.attempts)),
    )


def events_of(client: ControlClient) -> tuple[Mapping[str, Any], ...]:
    """Every event that has happened, in order."""
    return tuple(_all(client.events))


def evidence_of(played: Played) -> tuple[Delivered, ...]:
    """Its deliveries to those whom the scenario is about, with their sends."""
    found = evidence(played.deliveries, played.attempts)
    return tuple(one for one in found if not played.judged or one.integration in played.judged)


def register(client: ControlClient, scenario: Scenario, observer: Observer, url: str | None) -> Mapping[str, str]:
    """An integration of the scenario's, made or brought up to date; `url` is where webhooks go instead. Answers with
    what its consumers need in their environment, where it is a queue that is made for it.

    Raises EnvironmentFault when nothing says where it receives, InvalidInput with its place when it is refused.
    """
    try:
        return _register(client, observer, url)
    except UserError as error:
        places = [one.name for one in scenario.integrations]
        place = places.index(observer.name) if observer.name in places else 0
        raise scenario.refused(error, "integrations", place) from None


def _register(client: ControlClient, observer: Observer, url: str | None) -> Mapping[str, str]:
    configuration = dict(observer.configuration)
    kind, made = observer.integration_type, dict[str, Any]()
    if kind is IntegrationType.WEBHOOK:
        configuration["url"] = url or configuration.get("url")
        if configuration["url"] is None:
            raise EnvironmentFault(f"nothing says where {observer.name} receives; add --forward-to URL")
    elif kind is IntegrationType.AWS_SQS and "url" not in configuration:
        made = client.make_queue(observer.queue, region=configuration.get("region"))
    elif kind is IntegrationType.STOMP and "addresses" not in configuration:
        destination = configuration.get("destination", f"/queue/{observer.name}")
        # What has no prefix is a queue, as with ActiveMQ.
        made = client.make_queue(destination if destination.startswith("/") else f"/queue/{destination}")
    client.ensure_integration(
        observer.name,
        integration_type=kind.value,
        observes=list(observer.observes),
        enabled=observer.enabled,
        configuration={**made.get("configuration", {}), **configuration},
    )
    environment: Mapping[str, str] = made.get("environment", {})
    return environment


def _all(page: Any) -> Iterator[Mapping[str, Any]]:
    """Every one of them, oldest first."""
    found: list[Mapping[str, Any]] = []
    while True:
        part = page(limit=_PAGE, offset=len(found))
        found += part["data"]
        if not part["data"] or len(found) >= part["results"]["total"]:
            return iter(found[::-1])
