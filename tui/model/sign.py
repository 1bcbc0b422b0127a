"""Signs: how a delivery's state is shown. Never by colour alone, and in ASCII where nothing else can be."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from emulator.domain.delivery import DeliveryState


class Style(StrEnum):
    """What a colour means; themes say which it is."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    WAIT = "wait"
    QUIET = "quiet"
    FAULT = "fault"


class Sign(NamedTuple):
    """One character, the same in ASCII, what its colour means, and the word for it."""

    sign: str
    ascii: str
    style: Style
    word: str

    def shown(self, *, ascii_only: bool = False) -> str:
        return self.ascii if ascii_only else self.sign


STATES: Mapping[DeliveryState, Sign] = {
    DeliveryState.PLANNED: Sign("○", "o", Style.WAIT, "planned"),
    DeliveryState.HELD: Sign("‖", "=", Style.WAIT, "held"),
    DeliveryState.SENDING: Sign("→", ">", Style.WAIT, "sending"),
    DeliveryState.WAITING: Sign("↻", "~", Style.WARN, "waiting"),
    DeliveryState.SUCCEEDED: Sign("✓", "+", Style.GOOD, "ok"),
    DeliveryState.EXHAUSTED: Sign("✗", "x", Style.BAD, "failed"),
    DeliveryState.CANCELLED: Sign("⊘", "/", Style.QUIET, "cancelled"),
    DeliveryState.DROPPED: Sign("∅", "-", Style.FAULT, "dropped"),
}
"""Every state's. The words are among those that the filter's `status:` takes."""
