"""Probes: how a receiver's state is read, one kind a file."""

from emulator.core.probe_target import CommandTarget, HttpTarget, ProbeTarget, PythonTarget, SqlTarget
from emulator.domain.probe import Probe
from emulator.harness.probes.command import CommandProbe
from emulator.harness.probes.http import HttpProbe
from emulator.harness.probes.python import PythonProbe
from emulator.harness.probes.sql import SqlProbe


def probe_of(target: ProbeTarget) -> Probe:
    """What reads there. Its text is taken as it stands: fill it before."""
    match target:
        case HttpTarget():
            return HttpProbe(target)
        case SqlTarget():
            return SqlProbe(target)
        case CommandTarget():
            return CommandProbe(target)
        case PythonTarget():
            return PythonProbe(target, target.call)
