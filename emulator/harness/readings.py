"""Readings: the state of a receiver once it has come to rest, read by probes until two reads are equal."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from emulator.core.expectation import Expectation, OnReceiver
from emulator.core.json_text import MAX_DEPTH, deeper_than
from emulator.core.reading import Reading, same
from emulator.domain.errors import EnvironmentFault
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import SECOND, format_duration
from emulator.domain.probe import Probe, ProbeFailure, ProbeValue
from emulator.harness.client import ControlClient
from emulator.harness.probes import probe_of
from emulator.harness.receiver_process import ReceiverProcess

_PATIENCE = 5.0  # wall seconds, for queues, for `idle`, and for a state that goes on changing
_LOOK = 0.05
_LAST_BREATH = 0.5  # wall seconds between closing its port and being gone
_REFERENCE = re.compile(r"\{\{\s*([A-Za-z][\w-]*)\.([\w.-]+)\s*\}\}")
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})


class Unknown(Exception):
    """Something that is to be filled in is not known."""


def read_probes(
    expect: Sequence[Expectation],
    client: ControlClient,
    receiver: ReceiverProcess,
    *,
    settled: bool,
    aliases: Mapping[str, str] = _NO_ALIASES,
) -> dict[int, Reading]:
    """What is asked of the receiver, by the place of the expectation that asks for it.

    Raises EnvironmentFault when a probe cannot be reached while the receiver is there.
    """
    asked = {place: one.on_receiver for place, one in enumerate(expect) if one.on_receiver is not None}
    if not asked:
        return {}
    if receiver.ended is not None:
        return _of_one_that_ended(receiver, asked)
    doubt = _unrest(client, receiver, settled)
    if doubt is not None:
        return {place: Reading(name="the receiver", doubt=doubt) for place in asked}
    fill = Fill(receiver, lambda name: _resource(client, aliases.get(name, name)))
    readings: dict[int, Reading] = {}
    probes: dict[int, tuple[Probe, OnReceiver]] = {}
    for place, one in asked.items():
        try:
            expected = one.filled(fill)
            probes[place] = (probe_of(expected.asked.target), expected)
        except Unknown as unknown:
            readings[place] = Reading(name="the receiver", doubt=str(unknown))
    try:
        return readings | _stable(probes)
    except EnvironmentFault:
        if receiver.ends_within(_LAST_BREATH):
            return _of_one_that_ended(receiver, asked)
        raise


def _of_one_that_ended(receiver: ReceiverProcess, places: Iterable[int]) -> dict[int, Reading]:
    """The same words whether it is found out at once or when nobody answers: it is one and the same failure."""
    ended = f"the receiver ended with {receiver.ended} before its state was read"
    return {place: Reading(name="the receiver", failure=ended) for place in places}


def _unrest(client: ControlClient, receiver: ReceiverProcess, settled: bool) -> str | None:
    """Why its state is not to be judged yet."""
    if not settled:
        return "the time limit passed before everything was settled, so the receiver's state is not final"
    left = _queued(client)
    if left is not None:
        return f"the queue {left} still holds messages that nobody has taken, so the receiver's state is not final"
    if not receiver.rests(_PATIENCE):
        return "the receiver is not idle by its own command, so its state is not final"
    return None


def _queued(client: ControlClient) -> str | None:
    """A queue of an integration that does not get empty. What lies in others, as dead letters do, is nobody's work."""
    filled = {_filled_by(one) for one in client.integrations()}
    deadline = time.monotonic() + _PATIENCE
    before = -1
    while full := [one for one in client.queues() if one["name"] in filled and (one["waiting"] or one["in_flight"])]:
        now = sum(one["waiting"] + one["in_flight"] for one in full)
        if now != before:
            before, deadline = now, time.monotonic() + _PATIENCE
        if time.monotonic() > deadline:
            return str(full[0]["name"])
        time.sleep(_LOOK)
    return None


def _filled_by(integration: Mapping[str, Any]) -> str | None:
    """The name of the queue that it delivers to."""
    configuration = integration["configuration"]
    match integration["integration_type"]:
        case IntegrationType.AWS_SQS:
            return str(configuration["url"]).rstrip("/").rpartition("/")[2]
        case IntegrationType.STOMP:
            destination = str(configuration["destination"])
            return destination if destination.startswith("/") else f"/queue/{destination}"
    return None


def _stable(probes: Mapping[int, tuple[Probe, OnReceiver]]) -> dict[int, Reading]:
    """Each is read until two reads, as far apart as it asks for, are equal."""
    readings: dict[int, Reading] = {}
    last = {place: (time.monotonic(), _read(probe)) for place, (probe, _) in probes.items()}
    deadline = (
        time.monotonic() + _PATIENCE + max((one.asked.stable_for for _, one in probes.values()), default=0) / SECOND
    )
    while last:
        place = min(last, key=lambda each: last[each][0] + probes[each][1].asked.stable_for / SECOND)
        probe, expected = probes[place]
        when, before = last.pop(place)
        time.sleep(max(0.0, when + expected.asked.stable_for / SECOND - time.monotonic()))
        now = _read(probe)
        if _alike(before, now):
            readings[place] = _reading(probe, now, expected)
        elif time.monotonic() > deadline:
            apart = format_duration(expected.asked.stable_for)
            readings[place] = Reading(
                name=probe.name, doubt=f"{probe.name} goes on changing: no two reads {apart} apart are equal"
            )
        else:
            last[place] = (time.monotonic(), now)
    return readings


def _read(probe: Probe) -> ProbeValue | ProbeFailure:
    found = read(probe)
    if isinstance(found, ProbeFailure) and found.unreachable:
        raise EnvironmentFault(f"the receiver's state cannot be read: {found.sentence}")
    return found


def read(probe: Probe) -> ProbeValue | ProbeFailure:
    """One read. What nests deeper than anybody reads is no state."""
    found = probe.read()
    if isinstance(found, ProbeValue) and deeper_than(found.value, MAX_DEPTH):
        return ProbeFailure(sentence=f"{probe.name} says what nests deeper than {MAX_DEPTH} levels")
    return found


def _alike(one: ProbeValue | ProbeFailure, other: ProbeValue | ProbeFailure) -> bool:
    if isinstance(one, ProbeValue) and isinstance(other, ProbeValue):
        return same(one.value, other.value)
    return isinstance(one, ProbeFailure) and isinstance(other, ProbeFailure)


def _reading(probe: Probe, found: ProbeValue | ProbeFailure, expected: OnReceiver) -> Reading:
    if isinstance(found, ProbeFailure):
        return Reading(name=probe.name, doubt=f"the receiver's state is not known: {found.sentence}")
    return Reading(name=probe.name, expected=expected, value=found.value, note=found.note)


class Fill:
    """Puts the receiver's port and what is known of resources into a text. `known` answers with a resource's fields by
    its name. Raises Unknown."""

    def __init__(self, receiver: ReceiverProcess, known: Callable[[str], Mapping[str, Any]]) -> None:
        self._receiver = receiver
        self._look_up = known
        self._known: dict[str, Mapping[str, Any]] = {}

    def __call__(self, text: str) -> str:
        return _REFERENCE.sub(self._value, self._receiver.named(text))

    def _value(self, found: re.Match[str]) -> str:
        name, path = found.groups()
        if name not in self._known:
            self._known[name] = self._look_up(name)
        value: Any = self._known[name]
        for word in path.split("."):
            if not isinstance(value, Mapping) or word not in value:
                raise Unknown(f"{found[0]} is not known: the newest event of {name} has no {path}")
            value = value[word]
        return str(value)


def fields_of(payload: Any) -> Mapping[str, Any]:
    """A resource's fields, as an event's payload has them."""
    inner = payload.get("data", payload) if isinstance(payload, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _resource(client: ControlClient, name: str) -> Mapping[str, Any]:
    """As its newest event has it."""
    newest = client.events(resource=name, limit=1)["data"]
    if not newest:
        raise Unknown(f"there is no event of {name}, so that nothing can be said of it")
    event = client.event(newest[0]["identity"])
    return {**fields_of(event.get("payload")), "id": event["resource_id"]}
