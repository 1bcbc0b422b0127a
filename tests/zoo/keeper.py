"""Keeper: lets an animal live through a scenario in this process, and tells what it believes then."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.scenario import Scenario
from emulator.harness.client import ControlClient
from emulator.harness.scenario_run import Played, play, settings_of
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.settings import QueueSettings
from zoo import asgi, web
from zoo.animal import QUEUES, Animal
from zoo.desk import Desk
from zoo.queue import consuming


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """`state` is what the animal's `GET /state` says at the end, `failures` are the errors of its handler."""

    state: Mapping[str, Any]
    played: Played
    failures: tuple[str, ...]


@contextmanager
def at_desk(animal: Animal, port: int = 0) -> Iterator[tuple[Desk, str]]:
    """The animal behind its web server, and where that is."""
    desk = Desk(animal.receiver())
    try:
        with (asgi if desk.asynchronous else web).served(desk, port) as url:
            yield desk, url
    finally:
        desk.close()


def live(animal: Animal, transport: str, *, sqs_endpoint: str | None = None, **how: Any) -> Lived:
    """One run of its scenario, as `Animal.scenario` takes `how`, on a new database."""
    text = animal.scenario(transport, **how)
    return play_to(animal, transport, parse_scenario(text, f"{animal.name}.yaml", {}), sqs_endpoint)


def play_to(animal: Animal, transport: str, scenario: Scenario, sqs_endpoint: str | None = None) -> Lived:
    """The same with any scenario of an integration `zoo`. `sqs_endpoint` is an SQS server that runs already."""
    settings = replace(settings_of(scenario), queues=QueueSettings(sqs_endpoint=sqs_endpoint))
    with ExitStack() as open_now, at_desk(animal) as (desk, url):

        def begin(emulator: str) -> None:
            with ControlClient(emulator) as client:
                desk.receiver.environment = client.environment()
                if transport in QUEUES:
                    open_now.enter_context(consuming(desk, client.make_queue(QUEUES[transport])))

        played = play(scenario, forward_to=f"{url}/hook", settings=settings, on_ready=begin)
        desk.wait_until_idle()
        return Lived(state=desk.state(), played=played, failures=tuple(desk.failures))
