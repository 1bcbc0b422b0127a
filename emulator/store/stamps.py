"""Stamps: where a resource shows when it was made and last changed, and how precisely."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from emulator.domain.moment import SECOND, to_micros, to_millis, to_seconds

_MILLISECOND = 1_000
_Path = tuple[str, ...]


@lru_cache(maxsize=64)
def _in_seconds(micros: int) -> str:
    """Hundreds of events fall into one second, and each of them shows it several times."""
    return to_seconds(micros)


def _seconds(micros: int) -> str:
    return _in_seconds(micros - micros % SECOND)


def _offset(micros: int) -> str:
    """With the offset written out: `2026-01-01T00:00:00.000001+00:00`."""
    return to_micros(micros).replace("Z", "+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """`unit` is the smallest step in microseconds, `written` how a moment is written at that precision.

    `updated` are the places of the last change in the document; none where a resource does not say.
    """

    unit: int = _MILLISECOND
    written: Callable[[int], str] = to_millis
    updated: tuple[_Path, ...] = (("meta", "timestamps", "updated_at"),)

    def moved(self, document: Mapping[str, Any], moment: int) -> dict[str, Any]:
        """A copy of the document that was changed at this moment (microseconds)."""
        text = self.written(moment)
        now = dict(document)
        for path in self.updated:
            _put(now, path, text)
        return now


def _put(node: dict[str, Any], path: _Path, value: str) -> None:
    """Sets the value in copies of the mappings on the way; `node` itself is a copy already."""
    for step in path[:-1]:
        node[step] = dict(node.get(step) or {})
        node = node[step]
    node[path[-1]] = value


_DEFAULT = Stamps()
_SECONDS = Stamps(unit=SECOND, written=_seconds)
_SUBSCRIPTION = Stamps(
    unit=1, written=_offset, updated=(("attributes", "updated_at"), ("meta", "timestamps", "updated_at"))
)
_BY_TYPE: Mapping[str, Stamps] = {
    # The precision of the provider's examples, document by document.
    **dict.fromkeys(("cart", "order", "transaction", "inventory"), _SECONDS),
    "stock-transaction": Stamps(unit=SECOND, written=_seconds, updated=()),
    **dict.fromkeys(("settings", "payment-gateway", "file"), Stamps(updated=())),
    "one-time-password-token-request": Stamps(unit=1, written=_offset, updated=()),
    **dict.fromkeys(("catalog", "catalog-rule"), Stamps(updated=(("attributes", "updated_at"),))),
    "catalog-release": Stamps(updated=(("meta", "updated_at"),)),
    **dict.fromkeys(
        (
            "subscription",
            *("subscription-invoice", "subscription-job", "subscription-offering", "subscription-plan"),
            *("subscription-product", "subscription-schedule", "subscription-subscriber"),
        ),
        _SUBSCRIPTION,
    ),
}


def stamps_of(type: str) -> Stamps:
    """How resources of this type tell the time: milliseconds at `meta.timestamps`, where nothing else is known."""
    return _BY_TYPE.get(type, _DEFAULT)


def timestamp(type: str, micros: int) -> str:
    """A moment as this type writes it."""
    return stamps_of(type).written(micros)
