"""Sheet: the scenario of every run of an examination, written as a file that `run` plays."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emulator.core.card.cast import WrittenRule
from emulator.core.expectation import Converges
from emulator.core.masking import masked_address
from emulator.core.scenario import Observer, Scenario
from emulator.harness.card.lives import WrittenStep
from emulator.loading.document import Document
from emulator.loading.scenario_text import scenario_yaml
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.rehearsal import ANYBODY

SECRET = "RECEIVER_SECRET"  # noqa: S105  (the name of a variable)
"""Where a run's file finds the secret of a receiver for which there is no scenario."""

_KEPT = ("webhook_timeout", "time_limit", "receiver", "integrations")
_APART = "100ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A scenario, and the text of its file."""

    text: str
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where webhooks go in place of where the scenario says, a directory of own fixtures, and the folder in which what
    was found is kept."""

    forward_to: str | None = None
    fixtures: Path | None = None
    folder: Path = field(default_factory=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A webhook's receiver for which there is no scenario: its address, what it observes (everything where that is
    empty), the secret that it is sent; how its state is read, and which part of that counts; how it forgets."""

    url: str
    observes: Sequence[str] = ()
    secret: str | None = None
    probe: str | None = None
    path: str | None = None
    reset: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What all runs share: who receives and what is asked of the receiver, as `document` (a scenario's, not filled in)
    has it, and the `environment` that fills it in."""

    document: Mapping[str, Any]
    scenario: Scenario
    environment: Mapping[str, str]
    where: Where = field(default_factory=Where)

    @classmethod
    def of(
        cls,
        text: str,
        name: str,
        environment: Mapping[str, str],
        *,
        seed: int | None = None,
        where: Where | None = None,
    ) -> "Sheet":
        """From a scenario's text. Raises InvalidInput with the place in it."""
        scenario = parse_scenario(text, name, environment)
        document = {**Document.parse(text, name).value, "seed": scenario.seed if seed is None else seed}
        document["integrations"] = document.get("integrations") or [{"name": ANYBODY.name, "observes": ["*"]}]
        return cls(document=document, scenario=scenario, environment=environment, where=where or Where())

    @property
    def seed(self) -> int:
        return int(self.document["seed"])

    @property
    def observers(self) -> Sequence[Observer]:
        """Those that hear of anything."""
        return [one for one in self.scenario.integrations or (ANYBODY,) if one.enabled]

    @property
    def prelude(self) -> list[WrittenStep]:
        """The scenario's own steps, where its probes ask for resources that those make: only what makes the shop raise
        something."""
        probes = [one for one in self.scenario.expect if isinstance(one.expected, Converges)]
        if not any("{{" in text for one in probes for text in one.texts):
            return []
        return [step for step in self.document.get("steps", ()) if isinstance(step, Mapping) and "trigger" in step]

    def written(
        self,
        name: str,
        description: str,
        *,
        steps: Sequence[WrittenStep],
        chaos: Sequence[WrittenRule] = (),
        expect: Sequence[Mapping[str, Any]] = (),
        observes: Mapping[str, Sequence[str]],
        probing: bool = True,
    ) -> Written:
        """The scenario of one run; `observes` are the keys of those integrations that do not observe what they do
        otherwise. Without `probing` nothing is expected of the receiver's state."""
        probes = [one for one in self.document.get("expect", ()) if probing and "converges" in one]
        kept = {key: self.document[key] for key in _KEPT if key in self.document}
        kept["integrations"] = [
            {**one, "observes": list(observes[one["name"]])} if one["name"] in observes else one
            for one in kept["integrations"]
        ]
        document = {
            "name": name,
            "description": description,
            "seed": self.seed,
            **self._clock(),
            "stagger": _APART,
            **kept,
            "steps": [*self.prelude, *steps],
            "chaos": list(chaos),
            "expect": [*expect, *probes],
        }
        head = f"Play it again with: {self.reproduce(name)}"
        text = scenario_yaml(document, (head,))
        return Written(text=text, scenario=parse_scenario(text, f"{name}.yaml", self.environment))

    def reproduce(self, name: str) -> str:
        """The command that does a run again."""
        words = ["epcc-emulator", "run", str(self.where.folder / "runs" / f"{name}.yaml")]
        words += [] if self.where.forward_to is None else ["--forward-to", masked_address(self.where.forward_to)]
        words += [] if self.where.fixtures is None else ["--fixtures", str(self.where.fixtures)]
        return shlex.join(words)

    def _clock(self) -> Mapping[str, Any]:
        """Virtual, whatever the scenario says, but from when it says."""
        clock = self.document.get("clock")
        return {"clock": {"start": clock["start"]}} if isinstance(clock, Mapping) and "start" in clock else {}


def sheet_for(stranger: Stranger, environment: Mapping[str, str], *, seed: int = 1, where: Where) -> Sheet:
    """A sheet without a scenario. The receiver's secret is not in any file of it. Raises InvalidInput."""
    integration: dict[str, Any] = {
        "name": "receiver",
        "url": "${RECEIVER_URL}",
        "observes": [*stranger.observes] or ["*"],
    }
    document: dict[str, Any] = {
        "name": "receiver",
        "seed": seed,
        "integrations": [integration],
        "steps": [{"trigger": "order.created"}],
    }
    known = {**environment, "RECEIVER_URL": stranger.url}
    if stranger.secret is not None:
        integration["secret_key"] = f"${{{SECRET}}}"
        known[SECRET] = stranger.secret
    if stranger.reset is not None:
        document["receiver"] = {"reset": stranger.reset}
    if stranger.probe is not None:
        document["expect"] = [{"converges": {"probe": stranger.probe, "path": stranger.path or "$"}}]
    where = replace(where, forward_to=stranger.url)
    return Sheet.of(scenario_yaml(document), "receiver.yaml", known, where=where)
