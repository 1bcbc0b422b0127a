"""Symptom: what was wrong in a run, in words that are the same for every seed: no ids, numbers or times in them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from emulator.core.evidence import Delivered
from emulator.core.verdict import Finding

_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PLACE = re.compile(r"\[\d+\]")


class Symptom(NamedTuple):
    """What is wrong with one expectation, by its `place` in the scenario and as it was written there."""

    place: int
    expectation: str
    what: str


class Naming:
    """Puts what a resource is in the place of its id."""

    def __init__(self, deliveries: Iterable[Delivered]) -> None:
        types = {one.resource_id: f"<{one.resource_type}>" for one in deliveries if one.resource_id}
        self._types: Mapping[str, str] = types
        self._known = re.compile("|".join(map(re.escape, sorted(types, key=len, reverse=True)))) if types else None

    def __call__(self, text: str) -> str:
        """The text without ids and times."""
        if self._known is not None:
            text = self._known.sub(lambda found: self._types[found[0]], text)
        return _TIME.sub("<time>", _UUID.sub("<id>", text))


def said(sentence: str, naming: Naming) -> str:
    """A sentence as it would be in every run of its kind."""
    return _NUMBER.sub("#", naming(sentence))


def of_differences(finding: Finding, naming: Naming) -> Iterator[str]:
    """Where the receiver's state is not what it is without faults, and how: `$.emails['<order>: receipt'] is more`.

    Which element of a list it is does not count.
    """
    return iter(dict.fromkeys(_difference(one, naming) for one in finding.differences))


def of_deliveries(finding: Finding, deliveries: Iterable[Delivered], naming: Naming) -> Iterator[str]:
    """What became of the deliveries that a finding is about, by the keys of their events."""
    concerned = set(finding.deliveries)
    found = [one for one in deliveries if one.number in concerned]
    return iter(dict.fromkeys(_fate(one, naming) for one in found) if found else (said(finding.sentence, naming),))


def _difference(found: Mapping[str, Any], naming: Naming) -> str:
    return f"{_PLACE.sub('[*]', naming(found['path']))} is {_change(found)}"


def _change(found: Mapping[str, Any]) -> str:
    if "value" not in found:
        return "missing"
    if "baseline" not in found:
        return "there"
    truth, seen = found["baseline"], found["value"]
    if isinstance(truth, list) and isinstance(seen, list):
        return "in another order"
    if _is_number(truth) and _is_number(seen):
        return "more" if seen > truth else "less"
    return "another"


def _fate(one: Delivered, naming: Naming) -> str:
    if one.delivered:
        return one.event_key
    last = one.made[-1] if one.made else None
    if last is None:
        return f"{one.event_key} was never sent"
    answer = f"answered {last.status}" if last.status is not None else said(str(last.error), naming)
    return f"{one.event_key} is {one.state}: {answer}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
