"""Errand: a scenario that is to be run many times, in a form that other processes can be given."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from emulator.core.acts import acts_of
from emulator.core.scenario import Scenario
from emulator.core.step import Misbehave
from emulator.domain.errors import UserError
from emulator.loading.document import Document
from emulator.loading.scenario_text import scenario_yaml
from emulator.loading.scenarios import parse_scenario

ACCEPTED: dict[str, Any] = {"never": {"event": "*", "delivered": False}}
"""What is expected where a scenario expects nothing: no delivery fails for good."""
_NOTHING_WRONG = "off"
_DOCUMENTED = "documented"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """`text` is the scenario's and `name` what its file is called; `profile` is the one that is in force, whatever the
    text says. `accepts_all` says that the text expects no more than that every delivery is accepted, because whoever
    wrote it has expected nothing."""

    text: str
    name: str
    profile: str
    accepts_all: bool = False
    forward_to: str | None = None
    fixtures: Path | None = None

    @classmethod
    def of(cls, text: str, name: str, *, forward_to: str | None = None, fixtures: Path | None = None) -> "Errand":
        """Where nothing would go wrong in it, what the provider documents does; where nothing is expected, that
        everything is accepted. Raises InvalidInput as the reader of scenarios does."""
        scenario = parse_scenario(text, name, environment_with(forward_to))
        return cls(
            text=text if scenario.expect else _expecting(text, name),
            name=name,
            profile=scenario.profile if goes_wrong(scenario) else _DOCUMENTED,
            accepts_all=not scenario.expect,
            forward_to=forward_to,
            fixtures=fixtures,
        )

    def scenario(self, seed: int | None = None) -> Scenario:
        """The scenario, under this seed or its own."""
        scenario = replace(
            parse_scenario(self.text, self.name, environment_with(self.forward_to)), profile=self.profile
        )
        return scenario if seed is None else replace(scenario, seed=seed)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was added to what the scenario says, a sentence each."""
        scenario = parse_scenario(self.text, self.name, environment_with(self.forward_to))
        added = []
        if scenario.profile != self.profile:
            added.append(
                f"Nothing goes wrong in {scenario.name} by itself; the profile {self.profile} is in force,"
                " as if it said: profile: documented"
            )
        if self.accepts_all:
            added.append(
                f"{scenario.name} expects nothing; it is judged by whether every delivery is accepted in the end."
                " What a receiver makes of them, only a probe can tell: see converges in docs/scenarios.md"
            )
        return tuple(added)


def environment_with(forward_to: str | None) -> dict[str, str]:
    """Where a scenario takes its words from."""
    return {**os.environ, **({} if forward_to is None else {"RECEIVER_URL": forward_to})}


def goes_wrong(scenario: Scenario) -> bool:
    """Whether it has faults of its own, by its profile, its rules or those of its phases."""
    if scenario.profile != _NOTHING_WRONG or scenario.rules:
        return True
    return any(isinstance(act, Misbehave) and act.add for act in acts_of(scenario))


def check_reset(scenario: Scenario) -> None:
    """Raises InvalidInput where the state of the receiver is judged and nothing makes it forget between two runs."""
    if scenario.receiver.reset is None and any(one.on_receiver is not None for one in scenario.expect):
        error = UserError(
            "the receiver's state is judged, and nothing makes it forget between two runs; say how:"
            " receiver: {reset: COMMAND}"
        )
        raise scenario.refused(error, "receiver")


def check_jobs(scenario: Scenario, jobs: int, forward_to: str | None) -> None:
    """Raises UserError where several receivers at the same time cannot be told apart."""
    if jobs == 1:
        return
    receiver = scenario.receiver
    if forward_to is not None:
        raise UserError("--forward-to names one receiver, which cannot be asked two things at once; leave --jobs out")
    if receiver.command is None:
        raise UserError(
            f"--jobs {jobs} needs {jobs} receivers; say how one is started, with receiver: {{command: …, url: …}}"
        )
    if receiver.url is not None and "{port}" not in receiver.url:
        raise UserError(
            f"--jobs {jobs} needs {jobs} receivers, each on a port of its own; write {{port}} in receiver.url and,"
            " unless it listens on $PORT, in receiver.command"
        )


def _expecting(text: str, name: str) -> str:
    """The text with an expectation. Its lines stay where they are, where it is written as people write it."""
    document = Document.parse(text, name).value
    document["expect"] = [ACCEPTED]
    if not any(line.startswith("expect") for line in text.splitlines()):
        longer = f"{text.rstrip()}\n\n{scenario_yaml({'expect': [ACCEPTED]})}"
        if not text.lstrip().startswith("{") and Document.parse(longer, name).value == document:
            return longer
    return scenario_yaml(document)
