"""Story: the steps that make a new shop raise the events that another one has raised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator.core.fixture import Fixtures
from emulator.domain.errors import UserError
from emulator.domain.event import Event
from emulator.domain.resource import Change
from emulator.store.memory import MemoryShelves
from emulator.store.shop import Shop

_HOUSE = ":house-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event as it was recorded. `at` is microseconds since the epoch."""

    key: str
    resource: str
    resource_type: str
    identity: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A step: this event `after` so many microseconds from the beginning, of what `of` names, or of something new that
    is called `alias`."""

    key: str
    after: int
    of: str | None
    alias: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The steps; by what name each recorded resource goes among them; the identity that each recorded event has there;
    and the identities of all events that the steps raise, with their keys and resources."""

    steps: tuple[Raised, ...]
    names: dict[str, str]
    identities: dict[str, str]
    raised: tuple[Happened, ...]


def tell(events: Sequence[Happened], *, seed: int, fixtures: Fixtures) -> Told:
    """Plays the events, in their order, in a shop of its own; what one step raises is not asked for again.

    Raises UserError for an event that no command of a new shop raises.
    """
    return _Telling(seed, fixtures).tell(sorted(events, key=lambda event: event.at))


class _Telling:
    def __init__(self, seed: int, fixtures: Fixtures) -> None:
        self._shop = Shop(seed=seed, fixtures=fixtures)
        self._shelves = MemoryShelves()
        self._now = 1
        self._steps: list[Raised] = []
        self._names: dict[str, str] = {}
        self._identities: dict[str, str] = {}
        self._raised: list[Happened] = []
        self._unclaimed: list[Happened] = []

    def tell(self, events: Sequence[Happened]) -> Told:
        for event in events:
            if not self._claim(event):
                self._raise(event, event.at - events[0].at)
        return Told(
            steps=tuple(self._steps),
            names=self._names,
            identities=self._identities,
            raised=tuple(self._raised),
        )

    def _claim(self, event: Happened) -> bool:
        """Whether an earlier step has raised it."""
        raised = self._like(event, self._unclaimed)
        if raised is None:
            return False
        self._unclaimed.remove(raised)
        self._names[event.resource] = raised.resource
        self._identities[event.identity] = raised.identity
        return True

    def _like(self, event: Happened, raised: Sequence[Happened]) -> Happened | None:
        """The first of these that can stand for the event."""
        name, taken = self._names.get(event.resource), set(self._names.values())
        for one in raised:
            if one.key == event.key and (one.resource == name if name is not None else one.resource not in taken):
                return one
        return None

    def _raise(self, event: Happened, after: int) -> None:
        refusal = ""
        for of, alias in self._ways(event):
            try:
                changes = self._tried(event, of, alias)
            except UserError as error:
                refusal = f": {error.sentence}"
                continue
            raised = [_happened(made) for change in changes for made in change.events]
            if self._like(event, raised) is not None:
                for change in changes:
                    self._shelves.put(change.resources)
                self._now = raised[-1].at + 1
                self._raised += raised
                self._unclaimed += raised
                self._claim(event)
                self._steps.append(Raised(key=event.key, after=after, of=of, alias=alias))
                return
        raise UserError(f"{event.identity} cannot be raised again in a new shop{refusal}")

    def _ways(self, event: Happened) -> Iterator[tuple[str | None, str | None]]:
        """What it may go on from, and what something new may be called: itself, one of the others, nothing."""
        name = self._names.get(event.resource)
        if name is not None:
            yield name, None
            return
        alias = event.resource.replace(":", "-")
        for other in reversed(self._names.values()):
            yield other, alias
            yield other, None
        if _HOUSE in event.resource:  # it was there from the beginning
            yield event.resource, None
        yield None, alias
        yield None, None

    def _tried(self, event: Happened, of: str | None, alias: str | None) -> list[Change]:
        if of is not None and _HOUSE in of:
            self._shelves.put(self._shop.furnished(event.resource_type, self._shelves, self._now))
        commands = self._shop.path_to(event.key, self._shelves, of=of, alias=alias)
        return self._shop.execute_all(commands, self._shelves, self._now)


def _happened(event: Event) -> Happened:
    return Happened(
        key=event.key, resource=event.resource, resource_type=event.resource_type, identity=event.identity, at=event.at
    )
