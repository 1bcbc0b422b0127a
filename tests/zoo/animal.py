"""Animal: a receiver of the zoo, where it lives, and the story that shows what is wrong with it."""

import importlib
import inspect
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zoo.receiver import AsyncReceiver, Receiver

Rule = Mapping[str, Any]
Step = Mapping[str, Any]

_HERE = Path(__file__).parent
_WHERE: Mapping[str, Mapping[str, str]] = {
    "webhook": {},
    "aws_sqs": {},
    "stomp": {"destination": "/queue/zoo"},
}
QUEUES = {"aws_sqs": "epcc-zoo", "stomp": "/queue/zoo"}
"""What a queue of this transport is called in the animals' scenarios."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Animal:
    """`fault` is the kind that reveals the mistake of a wrong one, `chaos` the rules with which it surely does, and
    `shows_in` the part of its state that is wrong then.

    `expect` is what a judge is asked to hold against it. `webhook_timeout` is wall time. Those that have `afterwards`
    go on working when they have acknowledged.
    """

    name: str
    right: bool = False
    transports: Sequence[str] = ("webhook",)
    fault: str = ""
    shows_in: str = ""
    observes: Sequence[str] = ("order.created", "order.paid", "order.fulfilled")
    steps: Sequence[Step]
    chaos: Sequence[Rule]
    webhook_timeout: str = "10s"
    afterwards: bool = False
    expect: Sequence[Mapping[str, Any]] = field(
        default=({"converges": {"probe": "http://127.0.0.1:{port}/state", "path": "$", "stable_for": "20ms"}},)
    )

    @property
    def mistake(self) -> str:
        """In one sentence; of a right one, what it does well."""
        said = inspect.getdoc(self._module) or ""
        return said.partition(": ")[2]

    def receiver(self) -> Receiver | AsyncReceiver:
        """A new one."""
        made: Receiver | AsyncReceiver = self._module.Receiver()
        return made

    def command(self, transport: str) -> str:
        """What starts it as a program of its own; `{port}` is for whoever starts it."""
        return f"{sys.executable} {_HERE / '__main__.py'} {self.name} --transport {transport} --port {{port}}"

    def scenario(
        self,
        transport: str,
        *,
        seed: int = 1,
        faults: bool = True,
        probability: float | None = None,
        started: bool = False,
    ) -> str:
        """The text of its scenario, with or without what goes wrong.

        `probability` is given to every rule that has none of its own, so that seeds differ. With `started` the run
        starts it as a command, and there are expectations; without, it is there already, and `forward_to` says where.
        """
        rules = [dict(rule) for rule in self.chaos] if faults else []
        if probability is not None:
            rules = [{"probability": probability, **rule} for rule in rules]
        document: dict[str, Any] = {
            "name": f"zoo-{self.name.replace('_', '-')}",
            "description": self.mistake,
            "seed": seed,
            "stagger": "200ms",  # close enough for events to wait for each other and change places
            "webhook_timeout": self.webhook_timeout,
            "integrations": [{"name": "zoo", "type": transport, "observes": list(self.observes), **_WHERE[transport]}],
            "steps": list(self.steps),
            "chaos": rules,
        }
        if started:
            base = "http://127.0.0.1:{port}"
            document["receiver"] = {
                "command": self.command(transport),
                "url": f"{base}/hook",
                "reset": _asked("POST", "/reset"),
                **({"idle": _asked("GET", "/idle")} if self.afterwards else {}),
            }
            document["expect"] = list(self.expect)
        return json.dumps(document, indent=2)

    @property
    def _module(self) -> Any:
        return importlib.import_module(f"zoo.{'right' if self.right else 'wrong'}.{self.name}")


def _asked(method: str, path: str) -> str:
    """A command that succeeds when the animal answers this with 200. It is run often, so it imports little."""
    code = (
        'import socket as s; c = s.create_connection(("127.0.0.1", {port})); '
        f'c.sendall(b"{method} {path} HTTP/1.0\\r\\n\\r\\n"); raise SystemExit(b" 200 " not in c.recv(99))'
    )
    return f"{sys.executable} -S -c {shlex.quote(code)}"
