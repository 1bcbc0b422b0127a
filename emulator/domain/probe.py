"""Probe: how the state of a receiver is read, and what comes of it."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeValue:
    """What was read, as JSON has it. `note` says what else is to be known, such as that there was nothing (404)."""

    value: Any
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFailure:
    """Nothing can be said of the receiver's state, and why. `unreachable`: it could not even be asked."""

    sentence: str
    unreachable: bool = False


class Probe(Protocol):
    """Reads once. A failure is a result, never an exception."""

    @property
    def name(self) -> str:
        """What it reads, secrets masked."""
        ...

    def read(self) -> ProbeValue | ProbeFailure: ...
