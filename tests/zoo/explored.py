"""Explored: an animal in this process, run under one seed after the other while everything documented goes wrong."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from emulator.core.exploration import Tried
from emulator.harness.client import ControlClient
from emulator.harness.errand import Errand
from emulator.harness.exploring import Prober
from emulator.harness.scenario_run import settings_of
from emulator.harness.trials import trials
from emulator.runtime.settings import QueueSettings
from zoo.animal import QUEUES, Animal
from zoo.hosting import at_desk
from zoo.queue import consuming
from zoo.registry import EVERYTHING


@contextmanager
def explored(animal: Animal, transport: str, sqs_endpoint: str | None = None) -> Iterator[Callable[[int], Tried]]:
    """What becomes of a seed. The fault that gives the animal away is not looked for in particular."""
    document = json.loads(replace(animal, chaos=EVERYTHING).scenario(transport, started=True))
    del document["receiver"]["command"]
    with at_desk(animal) as (desk, url), ExitStack() as consumers:
        text = json.dumps(document).replace("{port}", url.rpartition(":")[2])
        errand = Errand.of(text, f"{animal.name}.yaml", forward_to=f"{url}/hook")
        scenario = errand.scenario()

        def begin(emulator: str) -> None:
            with ControlClient(emulator) as client:
                desk.receiver.environment = client.environment()
                if transport in QUEUES:
                    consumers.enter_context(consuming(desk, client.make_queue(QUEUES[transport])))

        settings = replace(settings_of(scenario), queues=QueueSettings(sqs_endpoint=sqs_endpoint))
        with trials(scenario, forward_to=errand.forward_to, settings=settings, on_ready=begin) as here:
            yield Prober(here, errand).run
            consumers.close()
