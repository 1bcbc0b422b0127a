"""Lifecycle: a table of what may be done to a resource in which state, what becomes of it, and which
events that raises.

A state is a tuple of words, one for each axis; an order has three (status, payment, shipping), most resources
one. None is the state of what does not exist yet. A row names the states it starts from, axis by axis, `*`
for any; and the state it leads to, `=` where an axis stays. Rows are looked at from the top, also when a way
to an event is searched.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from emulator.domain.errors import IllegalCommand

State = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row. `start` is None for what makes the resource; words of one axis are parted by `|`."""

    start: State | None
    verb: str
    end: State
    raises: tuple[str, ...] = ()


def row(start: str | None, verb: str, end: str, *raises: str) -> Transition:
    """A row as it is written in the tables: states as words with blanks between the axes."""
    return Transition(start=tuple(start.split()) if start else None, verb=verb, end=tuple(end.split()), raises=raises)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A transition taken from a certain state: where it ends and what it raises."""

    verb: str
    state: State
    raises: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The table of one resource type; `axes` lists every word of every axis."""

    type: str
    axes: tuple[tuple[str, ...], ...]
    rows: tuple[Transition, ...]
    verbs: frozenset[str] = field(init=False, repr=False, compare=False)
    _steps: Mapping[State | None, Mapping[str, Step]] = field(init=False, repr=False, compare=False)
    _routes: dict[tuple[State | None, str], tuple[Step, ...] | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        states: list[State | None] = [None, *product(*self.axes)]
        object.__setattr__(self, "verbs", frozenset(entry.verb for entry in self.rows))
        object.__setattr__(self, "_steps", {state: self._from(state) for state in states})

    @property
    def raised(self) -> frozenset[str]:
        """Every event key that some row raises."""
        return frozenset(key for entry in self.rows for key in entry.raises)

    def legal(self, state: State | None) -> tuple[str, ...]:
        """What may be done in this state, in the table's order."""
        return tuple(self._steps[state])

    def step(self, state: State | None, verb: str, name: str) -> Step:
        """Where `verb` leads.

        Raises IllegalCommand, which lists what is legal; `name` is the resource's, for the sentence.
        """
        found = self._steps[state].get(verb)
        if found:
            return found
        legal = ", ".join(self.legal(state)) or "nothing"
        described = "does not exist yet" if state is None else f"is {', '.join(state)}"
        raise IllegalCommand(f"cannot {verb} {name}: it {described}; legal now: {legal}")

    def route(self, state: State | None, key: str) -> tuple[Step, ...] | None:
        """The shortest way from this state to a step that raises `key`, or None."""
        if (state, key) not in self._routes:
            found = next((route for route in self.routes(state) if key in route[-1].raises), None)
            self._routes[state, key] = found
        return self._routes[state, key]

    def routes(self, state: State | None) -> Iterator[tuple[Step, ...]]:
        """A shortest way from this state to every step that can be taken, those with fewer steps first."""
        waiting: deque[tuple[State | None, tuple[Step, ...]]] = deque([(state, ())])
        seen = {state}
        while waiting:
            here, taken = waiting.popleft()
            for step in self._steps[here].values():
                yield (*taken, step)
                if step.state not in seen:
                    seen.add(step.state)
                    waiting.append((step.state, (*taken, step)))

    def _from(self, state: State | None) -> Mapping[str, Step]:
        steps: dict[str, Step] = {}
        for entry in self.rows:
            if entry.verb not in steps and _matches(entry.start, state):
                steps[entry.verb] = Step(verb=entry.verb, state=_applied(entry.end, state), raises=entry.raises)
        return steps


def _matches(start: State | None, state: State | None) -> bool:
    if start is None or state is None:
        return start is state
    return all(words == "*" or word in words.split("|") for words, word in zip(start, state, strict=True))


def _applied(end: State, state: Sequence[str] | None) -> State:
    return tuple(word if word != "=" or state is None else state[axis] for axis, word in enumerate(end))
