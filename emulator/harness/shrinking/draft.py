"""Draft: a smaller story than the run's: some of its commands, of its faults and of the keys that were observed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.faults.delay import Delay
from emulator.core.faults.overlap import Overlap
from emulator.domain.event import Event
from emulator.domain.moment import exact_duration
from emulator.harness.shrinking.commands import Command, Ref, Retelling, refs_of
from emulator.harness.shrinking.pins import Pin

Observed = tuple[str, str]
"""An integration, and a key that it observes."""
_KEPT = ("clock", "time_limit", "webhook_timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`spaced` is whether its steps are as far apart as steps are that say nothing; else they say when they happen."""

    commands: tuple[Command, ...]
    pins: tuple[Pin, ...]
    observed: tuple[Observed, ...]
    spaced: bool = False

    @property
    def deliveries(self) -> list[tuple[str, Ref]]:
        """Which event goes to which integration."""
        return [
            (integration, ref)
            for integration, key in self.observed
            for command in self.commands
            for ref in command.events
            if ref.key == key
        ]

    @property
    def events(self) -> int:
        """How many events somebody hears of."""
        return len({ref for _, ref in self.deliveries})

    def fitting(self) -> "Draft":
        """Without the faults of deliveries that are gone, and the integrations that get none."""
        there = set(self.deliveries)
        pins = []
        for pin in self.pins:
            left = tuple(ref for ref in pin.events if (pin.integration, ref) in there)
            if left == pin.events:
                pins.append(pin)
            elif pin.fault == Overlap.kind and len(left) > 1:
                pins.append(together(pin, left))
        keys = {key for command in self.commands for key in command.raises}
        return replace(self, pins=tuple(pins), observed=tuple(one for one in self.observed if one[1] in keys))


def together(pin: Pin, events: Sequence[Ref]) -> Pin:
    """An overlap of these events only."""
    return replace(pin, events=tuple(events), how={**pin.how, "count": len(events)})


class Drafting:
    """Writes drafts as scenarios: what the run's own says, under `written`, and is not to be made smaller stays."""

    def __init__(
        self,
        written: Mapping[str, Any],
        retelling: Retelling,
        *,
        name: str,
        description: str,
        seed: int,
        failed: Sequence[int],
        names: Mapping[str, str],
    ) -> None:
        self._retelling = retelling
        self._head = {"name": name, "description": description, "seed": seed}
        self._head |= {key: written[key] for key in _KEPT if key in written}
        self._integrations = {str(one["name"]): dict(one) for one in written.get("integrations", [])}
        self._receiver = {"receiver": written["receiver"]} if "receiver" in written else {}
        started = "command" in (written.get("receiver") or {})
        self._expected = {name: one for name, one in self._integrations.items() if started and _is_made(one)}
        self._expect = [_about(written["expect"][place], names) for place in failed]

    def document(self, draft: Draft) -> dict[str, Any]:
        """The scenario's, as plain values."""
        observes: dict[str, list[str]] = {}
        for integration, key in draft.observed:
            observes.setdefault(integration, []).append(key)
        return {
            **self._head,
            "integrations": [
                *(
                    {**self._integrations.get(name, {"name": name}), "observes": keys}
                    for name, keys in observes.items()
                ),
                *({**one, "enabled": False} for name, one in self._expected.items() if name not in observes),
            ],
            **self._receiver,
            "steps": [command.step(spaced=draft.spaced) for command in draft.commands],
            "chaos": self.rules(draft),
            "expect": self._expect,
        }

    def raised(self, draft: Draft) -> dict[Ref, Event]:
        """The events of its commands, in their order."""
        return {
            ref: event
            for number, events in self._retelling.play(draft.commands).items()
            for ref, event in zip(refs_of(number, [event.key for event in events]), events, strict=True)
        }

    def pins(self, draft: Draft) -> list[Pin]:
        """Its faults, but for those of deliveries that there are not: in another cart are fewer things, perhaps."""
        raised = self.raised(draft)
        return [pin for pin in draft.pins if all(ref in raised for ref in pin.events)]

    def rules(self, draft: Draft) -> list[dict[str, Any]]:
        """One for each fault, in their order."""
        raised = self.raised(draft)
        story = _Story(list(raised.values()), draft.observed)
        rules = []
        ids: Counter[str] = Counter()
        for pin in self.pins(draft):
            events = [raised[ref] for ref in pin.events]
            match = story.all_of(pin, events) if pin.fault == Overlap.kind else story.one(pin, events[0])
            name = f"{pin.word}-{events[0].key.replace('.', '-')}" if len(events) == 1 else pin.word
            ids[name] += 1
            number = f"-{ids[name]}" if ids[name] > 1 else ""
            rules.append({"id": f"{name}{number}", **match, **_written(pin)})
        return rules


def _is_made(integration: Mapping[str, Any]) -> bool:
    """Whether it is a queue that is made for the run: a receiver that is started may expect to find it."""
    elsewhere = {"aws_sqs": "url", "stomp": "addresses"}
    return elsewhere.get(integration.get("type", ""), "name") not in integration


class _Story:
    """What happens in a draft, and how to say which of it is meant."""

    def __init__(self, events: Sequence[Event], observed: Sequence[Observed]) -> None:
        self._events = events
        self._observed = observed
        self._alike = Counter(event.key for event in events)
        self._same = Counter((event.key, event.resource) for event in events)
        self._shared = len({integration for integration, _ in observed}) > 1

    def one(self, pin: Pin, event: Event) -> dict[str, Any]:
        match: dict[str, Any] = {"event": event.key}
        if self._alike[event.key] > 1:
            match["resource"] = event.resource
        if self._shared:
            match["integration"] = pin.integration
        if pin.attempt is not None:
            match["attempt"] = pin.attempt
        if self._same[event.key, event.resource] > 1:
            match["nth"] = int(event.identity.rpartition(":")[2])
        return {"match": match}

    def all_of(self, pin: Pin, events: Sequence[Event]) -> dict[str, Any]:
        """Several: by their keys and resources, and from the first to the last where there are others like them."""
        heard = {key for integration, key in self._observed if integration == pin.integration}
        wanted = {event.identity for event in events}
        keys, resources = _each(event.key for event in events), _each(event.resource for event in events)
        there = [event for event in self._events if event.key in heard]
        match: dict[str, Any] = {"integration": pin.integration} if self._shared else {}
        if {event.identity for event in there} != wanted:
            match["when"] = f"event in [{', '.join(map(repr, keys))}]"
            if {event.resource for event in there if event.key in keys} != set(resources):
                match["when"] += f" and resource in [{', '.join(map(repr, resources))}]"
        alike = [event.identity for event in there if event.key in keys and event.resource in resources]
        said: dict[str, Any] = {"match": match} if match else {}
        if set(alike) != wanted:
            before = min(alike.index(identity) for identity in wanted)
            said |= {"after": before} if before else {}
            said["times"] = len(wanted)
        return said


def _written(pin: Pin) -> dict[str, Any]:
    if pin.fault == Delay.kind:
        return {pin.fault: exact_duration(pin.how["value"])}
    return {pin.fault: dict(pin.how) or None}


def _each(words: Any) -> list[str]:
    return list(dict.fromkeys(words))


def _about(expectation: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The same of resources that are called otherwise now."""
    return {
        word: {**said, "resource": names[said["resource"]]}
        if isinstance(said, Mapping) and said.get("resource") in names
        else said
        for word, said in expectation.items()
    }
