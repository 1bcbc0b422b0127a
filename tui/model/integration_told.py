"""Integrations and queues told: what the lists of them say of each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emulator.domain.delivery import DeliveryState
from tui.model.harmless import harmless
from tui.model.integration_draft import destination_of
from tui.model.row import Row
from tui.model.sign import STATES
from tui.model.told import transport_text

Cell = tuple[str, str]


class Tally(NamedTuple):
    """Deliveries by integration that the dashboard knows of."""

    succeeded: Mapping[str, int]
    failed: Mapping[str, int]


def tally_of(rows: Iterable[Row]) -> Tally:
    """How many deliveries each integration has taken, and how many it was given up on."""
    succeeded: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for row in rows:
        if row.state is DeliveryState.SUCCEEDED:
            succeeded[row.integration] += 1
        elif row.state is DeliveryState.EXHAUSTED:
            failed[row.integration] += 1
    return Tally(succeeded, failed)


def integration_cells(
    shown: Mapping[str, Any], tally: Tally, paused: Iterable[str], *, ascii_only: bool
) -> tuple[Cell, ...]:
    """Name, type, state, succeeded, failed, observes, where to."""
    key = str(shown["key"])
    good, bad = tally.succeeded.get(key, 0), tally.failed.get(key, 0)
    quiet = "text" if shown["enabled"] else "quiet"
    return (
        (harmless(str(shown["name"])), quiet),
        (transport_text(str(shown["integration_type"])), "quiet"),
        state_cell(shown, paused, ascii_only=ascii_only),
        (f"{good:,}", "good" if good else "quiet"),
        (f"{bad:,}", "bad" if bad else "quiet"),
        (harmless(" ".join(shown["observes"])), quiet),
        (harmless(destination_of(shown)), "quiet"),
    )


def state_cell(shown: Mapping[str, Any], paused: Iterable[str], *, ascii_only: bool) -> Cell:
    """On, off, or on and paused."""
    names = set(paused)
    if not shown["enabled"]:
        sign, word = STATES[DeliveryState.EXHAUSTED], "off"
    elif "*" in names or shown["key"] in names:
        sign, word = STATES[DeliveryState.HELD], "paused"
    else:
        sign, word = STATES[DeliveryState.SUCCEEDED], "on"
    return (f"{sign.shown(ascii_only=ascii_only)} {word}", sign.style)


def integration_text(shown: Mapping[str, Any]) -> str:
    """All of one integration, its secrets left out."""
    name, key = str(shown["name"]), str(shown["key"])
    called = name if name == key else f"{name} (registered as {key})"
    terms = "beyond the provider's quotas" if shown.get("managed") else "by the provider's API"
    about = f": {shown['description']}" if shown.get("description") else ""
    return harmless(
        f"{called}{about}. {terms}, {shown.get('scope', 'store')}'s events, {shown['id']}."
        f" Observes {', '.join(shown['observes']) or 'nothing'}. To {destination_of(shown)}."
    )


def queue_key(queue: Mapping[str, Any]) -> str:
    """What tells a queue from the others."""
    return f"{queue['integration_type']} {queue['region']} {queue['name']}"


def queue_cells(queue: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Name, kind, waiting, in flight, where."""
    waiting, flying = int(queue["waiting"]), int(queue["in_flight"])
    return (
        (harmless(str(queue["name"])), "text"),
        (transport_text(str(queue["integration_type"])), "quiet"),
        (f"{waiting:,}", "wait" if waiting else "quiet"),
        (f"{flying:,}", "wait" if flying else "quiet"),
        (harmless(str(queue["address"])), "quiet"),
    )
