"""Pins: rules that let one delivery happen again as it has happened."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.outage import Outage
from emulator.domain.moment import exact_duration, parse_instant

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "payload": ("mode", "path"),
    "secret": ("value", "in"),
    "corrupt": ("mode",),
    "connection": ("mode", "chunk", "delay", "bytes", "rate"),
}
Rule = dict[str, Any]


def pins(delivery: Mapping[str, Any], match: Mapping[str, Any], name: str, *, late: int) -> list[Rule]:
    """The rules for a delivery as the control API describes it. `match` singles it out, `name` begins their ids, and
    `late` is how many microseconds after its event it is to leave."""
    attempts = sorted(delivery["attempts_made"], key=lambda one: (one["attempt"], one["copy"]))
    if delivery["state"] == "dropped":
        return [{"id": f"{name}-never", "match": dict(match), "drop": None}]
    if not attempts:
        return [{"id": f"{name}-held", "match": dict(match), "hold": None}]
    originals = [one for one in attempts if one["copy"] == 0]
    rules: list[Rule] = []
    if late > 0:
        rules.append({"id": f"{name}-late", "match": {**match, "attempt": 1}, "delay": exact_duration(late)})
    rules += _copies([one for one in attempts if one["attempt"] == 1], match, name)
    if lost := [one for one in originals if _noted(one, AckLoss.kind)]:
        rules.append({"id": f"{name}-unheard", "match": dict(match), AckLoss.kind: {"times": len(lost)}})
    for one in originals:
        if _noted(one, Outage.kind):
            number = one["attempt"]
            rules.append({"id": f"{name}-away-{number}", "match": {**match, "attempt": number}, Outage.kind: None})
    return [*rules, *_treatments(delivery, match, name)]


def _copies(sends: Sequence[Mapping[str, Any]], match: Mapping[str, Any], name: str) -> list[Rule]:
    times = [parse_instant(one["started_at"]) for one in sends]
    if len(times) < 2:
        return []
    spacing = exact_duration(max(0, (times[-1] - times[0]) // (len(times) - 1)))
    return [
        {
            "id": f"{name}-again",
            "match": {**match, "attempt": sends[0]["attempt"]},
            "duplicate": {"copies": len(times) - 1, "spacing": spacing},
        }
    ]


def _treatments(delivery: Mapping[str, Any], match: Mapping[str, Any], name: str) -> Iterator[Rule]:
    """What was done to its messages; where chance chose the place, it chooses anew."""
    for attempt, treatments in sorted(delivery["treatments"].items(), key=lambda item: int(item[0])):
        for number, treatment in enumerate(treatments, start=1):
            fault = treatment["fault"]
            yield {
                "id": f"{name}-{fault}-{attempt}" + (f"-{number}" if number > 1 else ""),
                "match": {**match, "attempt": int(attempt)},
                fault: treated(fault, treatment["how"]),
            }


def treated(fault: str, done: Mapping[str, Any]) -> dict[str, Any]:
    """What was done to a message, as a user would ask for it."""
    how = dict(done)
    if "delay" in how:
        how["delay"] = exact_duration(how["delay"])
    return {key: how[key] for key in _FIELDS.get(fault, tuple(how)) if key in how}


def _noted(attempt: Mapping[str, Any], fault: str) -> bool:
    return any(note["fault"] == fault for note in attempt["faults"])
