"""Commands: what a run did to its shop, one by one, and which of them are possible without the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from emulator.core.acts import acts_of
from emulator.core.fixture import Fixtures
from emulator.core.scenario import Scenario
from emulator.core.schedule import Schedule
from emulator.core.step import KeepBusy, Trigger
from emulator.domain.errors import UserError
from emulator.domain.event import Event
from emulator.domain.moment import exact_duration
from emulator.harness.story import Happened, Told, tell
from emulator.store.memory import MemoryShelves
from emulator.store.shop import Shop

_HOUSE = ":house-"


class Ref(NamedTuple):
    """An event: which command raised it, its key, and which of the command's events of this key it is, from 0."""

    command: int
    key: str
    nth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One step, when so many microseconds (`at`) have passed since the beginning. `number` is its own, whatever goes;
    `raises` are the keys of the events that it has raised, and `about` the resource that it is about."""

    number: int
    act: Trigger
    at: int
    raises: tuple[str, ...] = ()
    about: str = ""

    @property
    def events(self) -> tuple[Ref, ...]:
        """What it has raised."""
        return refs_of(self.number, self.raises)

    def step(self, *, spaced: bool) -> dict[str, Any]:
        """As it is written in a scenario; `spaced` leaves the distance to the scenario."""
        act = self.act
        given: dict[str, Any] = {
            "as": act.alias,
            "of": act.of,
            "only": act.only or None,
            "override": dict(act.override),
        }
        given |= {"add": dict(act.add), "remove": list(act.remove)}
        when = {} if spaced else {"at": exact_duration(self.at)}
        return {"trigger": act.key, **{key: value for key, value in given.items() if value}, **when}


def refs_of(number: int, keys: Sequence[str]) -> tuple[Ref, ...]:
    """The events of these keys that this command has raised, in their order."""
    return tuple(Ref(number, key, keys[:place].count(key)) for place, key in enumerate(keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """All of a run, and by the identity of each of its events which event of theirs it is."""

    all: tuple[Command, ...]
    refs: Mapping[str, Ref]
    names: Mapping[str, str] = field(default_factory=dict)
    """What resources are called now that the run named by numbers."""


class Retelling:
    """Plays commands in shops of their own, of which nobody hears."""

    def __init__(self, seed: int, fixtures: Fixtures, start: int) -> None:
        self._seed = seed
        self._fixtures = fixtures
        self._start = start

    def play(self, commands: Sequence[Command]) -> dict[int, tuple[Event, ...]]:
        """The events of those that are possible, by their number. A command that raises events of other keys than it
        has raised is not: something that came before it is missing. How many may differ: it is another cart."""
        shop = Shop(seed=self._seed, fixtures=self._fixtures)
        shelves = MemoryShelves()
        raised: dict[int, tuple[Event, ...]] = {}
        last = 0
        for command in commands:
            act = command.act
            at = max(self._start + command.at, last + 1)
            try:
                path = shop.path_to(
                    act.key,
                    shelves,
                    of=act.of,
                    overrides=act.override,
                    add=act.add,
                    remove=act.remove,
                    only=act.only,
                    alias=act.alias,
                )
                changes = shop.execute_all(path, shelves, at)
            except UserError:
                continue
            events = tuple(event for change in changes for event in change.events)
            if command.raises and {event.key for event in events} != set(command.raises):
                continue
            for change in changes:
                shelves.put(change.resources)
            raised[command.number] = events
            last = events[-1].at if events else at
        return raised

    def closed(self, commands: tuple[Command, ...]) -> tuple[Command, ...]:
        """Those of them that are possible without the others, and raise what they have raised."""
        possible = self.play(commands)
        return tuple(command for command in commands if command.number in possible)


def commands_of(scenario: Scenario, plan: Schedule, retelling: Retelling, fixtures: Fixtures) -> Commands | None:
    """What the run did, of which this is the plan; None where that cannot be told as commands.

    New resources get names, so that none is called otherwise when others go.
    """
    acts = list(acts_of(scenario))
    triggers = [act for act in acts if isinstance(act, Trigger)]
    identities: Mapping[str, str] = {}
    names: Mapping[str, str] = {}
    if any(isinstance(act, KeepBusy) for act in acts):
        told = _told(plan, fixtures)
        if told is None:
            return None
        triggers = [Trigger(key=one.key, of=one.of, alias=one.alias) for one in told.steps]
        identities, names = told.identities, told.names
    raised = retelling.play([Command(number=number, act=act, at=number) for number, act in enumerate(triggers)])
    own = {
        event.identity: ref
        for number, events in raised.items()
        for event, ref in zip(events, refs_of(number, [event.key for event in events]), strict=True)
    }
    refs = {event.identity: own.get(identities.get(event.identity, event.identity)) for event in plan.events}
    known = {identity: ref for identity, ref in refs.items() if ref is not None}
    if len(raised) < len(triggers) or len(known) < len(refs):
        return None
    at = _times(plan, known)
    commands = [Command(number=number, act=act, at=at[number]) for number, act in enumerate(triggers) if number in at]
    return _named(commands, raised, known, names)


def _times(plan: Schedule, refs: Mapping[str, Ref]) -> dict[int, int]:
    """When each command is to happen, as a scenario counts: from the beginning. What follows without any time between
    is to happen when the one before it does, so that none passes there again."""
    times: dict[int, int] = {}
    at, before = 0, plan.start
    for event in plan.events:
        if event.at > before + 1:
            at = event.at - plan.start
        times.setdefault(refs[event.identity].command, at)
        before = event.at
    return times


def _told(plan: Schedule, fixtures: Fixtures) -> Told | None:
    """Steps that raise these events, whoever has raised them."""
    happened = [
        Happened(
            key=event.key,
            resource=event.resource,
            resource_type=event.resource.partition(":")[0],
            identity=event.identity,
            at=event.at,
        )
        for event in plan.events
    ]
    try:
        return tell(happened, seed=plan.seed, fixtures=fixtures)
    except UserError:
        return None


def _named(
    commands: Sequence[Command],
    raised: Mapping[int, Sequence[Event]],
    refs: Mapping[str, Ref],
    told: Mapping[str, str],
) -> Commands:
    """With a name for each resource that a command has made and would be called by its number."""
    names = {was: is_now for was, is_now in told.items() if was != is_now}
    known: set[str] = set()
    named = []
    for command in commands:
        act, events = command.act, raised[command.number]
        subject = next((event.resource for event in reversed(events) if event.key == act.key), "")
        if act.alias is None and subject not in known and ":" in subject and _HOUSE not in subject:
            names[subject] = subject.replace(":", "-")
            act = replace(act, alias=names[subject])
        if act.of is not None:
            of = subject if act.of == "last" and subject in known else act.of
            act = replace(act, of=names.get(of, of))
        known |= {event.resource for event in events}
        keys = tuple(event.key for event in events)
        named.append(replace(command, act=act, raises=keys, about=names.get(subject, subject)))
    return Commands(all=tuple(named), refs=refs, names=names)
