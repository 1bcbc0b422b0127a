"""Keeper: lets an animal live through a scenario in this process, and tells what it believes then."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.scenario import Scenario
from emulator.harness.client import ControlClient
from emulator.harness.scenario_run import Played, play, settings_of
from emulator.harness.trials import Trial, Trials, trials
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.settings import QueueSettings
from zoo.animal import QUEUES, Animal
from zoo.hosting import at_desk
from zoo.queue import consuming


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """`state` is what the animal's `GET /state` says at the end, `failures` are the errors of its handler."""

    state: Mapping[str, Any]
    played: Played
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trier:
    """Tries an animal that is kept up, as often as one likes."""

    trials: Trials
    animal: Animal
    transport: str
    port: str

    def run(self, animal: Animal | None = None, **how: Any) -> Trial:
        """A run of its scenario as `Animal.scenario` takes `how`, or of another animal's, judged by what it expects."""
        told = (animal or self.animal).scenario(self.transport, started=True, **how)
        return self.trials.run(_hosted(told, self.port))


@contextmanager
def tried(animal: Animal, transport: str, *, sqs_endpoint: str | None = None) -> Iterator[Trier]:
    """The animal in this process, and an emulator to try it with. `sqs_endpoint` is an SQS server that runs already."""
    with at_desk(animal) as (desk, url), ExitStack() as consumers:

        def begin(emulator: str) -> None:
            with ControlClient(emulator) as client:
                desk.receiver.environment = client.environment()
                if transport in QUEUES:
                    consumers.enter_context(consuming(desk, client.make_queue(QUEUES[transport])))

        port = url.rpartition(":")[2]
        scenario = _hosted(animal.scenario(transport, started=True), port)
        settings = replace(settings_of(scenario), queues=QueueSettings(sqs_endpoint=sqs_endpoint))
        with trials(scenario, settings=settings, on_ready=begin) as made:
            yield Trier(trials=made, animal=animal, transport=transport, port=port)
            consumers.close()


def _hosted(text: str, port: str) -> Scenario:
    """Of an animal that is there already."""
    scenario = parse_scenario(text.replace("{port}", port), "zoo.yaml", {})
    return replace(scenario, receiver=replace(scenario.receiver, command=None))


def live(animal: Animal, transport: str, *, sqs_endpoint: str | None = None, **how: Any) -> Lived:
    """One run of its scenario, as `Animal.scenario` takes `how`, on a new database."""
    text = animal.scenario(transport, **how)
    return play_to(animal, transport, parse_scenario(text, f"{animal.name}.yaml", {}), sqs_endpoint)


def play_to(animal: Animal, transport: str, scenario: Scenario, sqs_endpoint: str | None = None) -> Lived:
    """The same with any scenario of an integration `zoo`. `sqs_endpoint` is an SQS server that runs already."""
    settings = replace(settings_of(scenario), queues=QueueSettings(sqs_endpoint=sqs_endpoint))
    with at_desk(animal) as (desk, url), ExitStack() as consumers:

        def begin(emulator: str) -> None:
            with ControlClient(emulator) as client:
                desk.receiver.environment = client.environment()
                if transport in QUEUES:
                    consumers.enter_context(consuming(desk, client.make_queue(QUEUES[transport])))

        played = play(scenario, forward_to=f"{url}/hook", settings=settings, on_ready=begin)
        consumers.close()
        desk.wait_until_idle()
        return Lived(state=desk.state(), played=played, failures=tuple(desk.failures))
