"""Fault words: every fault by the word that users write, those of other distributions included.

A distribution brings faults by entry points of the group `epcc_emulator.faults`: the word, and the class.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from emulator.core.fault import Fault, Legality, Stage
from emulator.core.faults import FAULTS
from emulator.core.guarded import GuardedKind
from emulator.domain.errors import InvalidInput

GROUP = "epcc_emulator.faults"

RULE_KEYS = ("id", "match", "probability", "times", "after", "for", "until")
"""What else a rule holds, so that no fault can be called so."""

_PORT = ("kind", "legality", "every_attempt", "parse", "describe", "apply")
_MESSAGE = ("stage", "treat", "refusal")

FaultKind = type[Fault] | GuardedKind


def fault_words() -> list[str]:
    """Ours first, then those that are installed."""
    return [*FAULTS, *sorted(set(_installed()) - set(FAULTS))]


def fault_kind(word: str) -> FaultKind | None:
    """What the word stands for; None where it stands for nothing.

    Raises InvalidInput for one that is installed and cannot be used.
    """
    found = FAULTS.get(word)
    return found if found is not None or word not in _installed() else _custom(word)


def short_field(word: str) -> str | None:
    """The field that a text alone fills, as in `connection: reset`."""
    short: str | None = getattr(fault_kind(word), "short", None)
    return short


@cache
def _installed() -> Mapping[str, Sequence[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, []).append(point)
    return found


@cache
def _custom(word: str) -> GuardedKind:
    points = _installed()[word]
    origins = sorted({_origin(point) for point in points})
    if len(origins) > 1:
        raise InvalidInput(f"{' and '.join(origins)} both bring a fault called '{word}'; uninstall one of them")
    origin = origins[0]
    try:
        loaded = points[0].load()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise InvalidInput(f"the fault '{word}' of {origin} cannot be imported: {why}") from error
    wanted = (*_PORT, *_MESSAGE) if any(hasattr(loaded, name) for name in _MESSAGE) else _PORT
    missing = [name for name in wanted if not hasattr(loaded, name)]
    if missing:
        raise InvalidInput(f"the fault '{word}' of {origin} lacks {', '.join(missing)}; see emulator.core.fault")
    if loaded.kind != word or not isinstance(loaded.legality, Legality):
        raise InvalidInput(
            f"the fault '{word}' of {origin} is '{loaded.kind}' and {loaded.legality} to its class; its kind has to be"
            " the entry point's name, and its legality a Legality"
        )
    if word in RULE_KEYS:
        raise InvalidInput(f"the fault '{word}' of {origin} is called as a key of every rule; give it another name")
    if not isinstance(getattr(loaded, "stage", Stage.SAID), Stage):
        raise InvalidInput(f"the fault '{word}' of {origin} has no Stage for its stage")
    return GuardedKind(fault=loaded, origin=origin)


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def forget_installed() -> None:
    """Looks again what is installed, the next time somebody asks."""
    _installed.cache_clear()
    _custom.cache_clear()
