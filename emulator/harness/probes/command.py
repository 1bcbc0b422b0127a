"""Command probe: what a command says, or how it ends."""

import json
import shlex
import subprocess
from collections.abc import Mapping

from emulator.core.masking import masked_address
from emulator.core.probe_target import CommandTarget, Output
from emulator.domain.probe import ProbeFailure, ProbeValue

_PATIENCE = 30.0  # wall seconds


class CommandProbe:
    """It runs in the working directory, without a shell, with `environment` or else our own."""

    def __init__(self, target: CommandTarget, environment: Mapping[str, str] | None = None) -> None:
        self._target = target
        self._environment = environment
        self.name = f"'{masked_address(target.command)}'"

    def read(self) -> ProbeValue | ProbeFailure:
        try:
            done = subprocess.run(  # noqa: S603  the user's own command
                shlex.split(self._target.command),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE,
                check=False,
                env=self._environment,
                process_group=0,  # Ctrl+C is for us, who may go on for a while
            )
        except subprocess.TimeoutExpired:
            return ProbeFailure(sentence=f"{self.name} takes over {_PATIENCE:.0f} s", unreachable=True)
        except (OSError, ValueError) as error:
            return ProbeFailure(sentence=f"{self.name} cannot be started: {error}", unreachable=True)
        if self._target.output is Output.CODE:
            return ProbeValue(value=done.returncode)
        if done.returncode != 0:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            why = f": {lines[-1]}" if lines else ""
            return ProbeFailure(sentence=f"{self.name} failed with {done.returncode}{why}")
        if self._target.output is Output.TEXT:
            return ProbeValue(value=done.stdout.strip())
        try:
            return ProbeValue(value=json.loads(done.stdout))
        except (ValueError, RecursionError):
            said = " ".join(done.stdout.split())[:80] or "nothing"
            return ProbeFailure(sentence=f"{self.name} said what is not JSON: {said}; with output: text it is a text")
