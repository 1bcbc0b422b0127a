"""Strategies for Hypothesis: histories of the shop and plans of faults, which Hypothesis shrinks by itself.

Both are drawn as a scenario file writes them, `steps:` and `chaos:`, so what a failing property prints can be pasted
into one, and into `epcc.play`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from emulator.core.fault import Legality
from emulator.domain.catalog import event_glob
from emulator.domain.errors import InvalidInput, nearest
from emulator.store.kinds import KINDS
from emulator.store.lifecycle import Lifecycle, State

Step = Mapping[str, Any]
Rule = Mapping[str, Any]

_GOES_ON = 7  # to 1
_GONE: State = ("deleted",)


def histories(*types: str, most: int = 12, resources: int = 3) -> st.SearchStrategy[list[Step]]:
    """Legal sequences of commands: one to `most` steps, about at most so many `resources` of these types (orders).

    Every step asks for an event that the resource's lifecycle allows at that moment, and that no other must precede.
    Raises InvalidInput for a type that is not the shop's, or of which there are no such events.
    """
    if most < 1 or resources < 1:
        raise InvalidInput("a history has at least one step, and is about at least one resource")
    return _histories([_lifecycle(type) for type in types or ("order",)], most, resources)


def plans(*events: str, legality: Legality | str = Legality.DOCUMENTED, most: int = 3) -> st.SearchStrategy[list[Rule]]:
    """None to `most` rules about these events (keys or globs; all where none are named).

    Only faults that are as legal as `legality`, or more: documented, plausible or hostile. Raises InvalidInput for an
    event that cannot be observed, and for another word.
    """
    words = [word.value for word in Legality]
    if legality not in words:
        raise InvalidInput(f"unknown legality '{legality}'{nearest(str(legality), words)}")
    globs = [event_glob(event) for event in events or ("*",)]
    faults = [each for word in words[: words.index(Legality(legality).value) + 1] for each in _FAULTS[Legality(word)]]
    rule = st.builds(
        lambda event, fault, chance, times: {"match": event, **chance, **times, **fault},
        st.sampled_from(globs),
        st.one_of(*faults),
        st.sampled_from(({}, {"probability": 0.5})),
        st.sampled_from(({}, {"times": 1}, {"times": 2})),
    )
    numbered = st.lists(rule, max_size=most)
    return numbered.map(lambda rules: [{"id": f"rule-{number}", **one} for number, one in enumerate(rules, start=1)])


# Histories


class _Move(NamedTuple):
    """An event of the n-th resource of its type."""

    name: str
    lifecycle: Lifecycle
    key: str


@st.composite
def _histories(draw: st.DrawFn, lifecycles: Sequence[Lifecycle], most: int, resources: int) -> list[Step]:
    # A move's place in this list never changes, and there is one draw for going on and one for what happens: so
    # Hypothesis can take a step away, and those after it still say what they said.
    moves = [
        _Move(f"{lifecycle.type}-{number}", lifecycle, key)
        for number in range(1, resources + 1)
        for lifecycle in lifecycles
        for key in _keys(lifecycle)
    ]
    states: dict[str, State | None] = {}
    steps: list[Step] = []
    while len(steps) < most and (not steps or draw(st.integers(0, _GOES_ON)) > 0):
        ends = {
            move: end
            for move in moves
            if move.name in states or _is_next(move, states, resources)
            for end in _end(move, states.get(move.name))
        }
        if not ends:
            break
        move = draw(st.sampled_from(moves).filter(ends.__contains__))
        steps.append({"trigger": move.key, "of" if move.name in states else "as": move.name})
        states[move.name] = ends[move]
    return steps


def _keys(lifecycle: Lifecycle) -> list[str]:
    """Its own events; it may raise those of others too, which it makes or changes on the way."""
    own = [key for entry in lifecycle.rows for key in entry.raises if key.startswith(f"{lifecycle.type}.")]
    return list(dict.fromkeys(own))


def _is_next(move: _Move, states: Mapping[str, object], resources: int) -> bool:
    """Whether it may begin the life of its resource: those of a type are numbered without gaps."""
    type, _, number = move.name.rpartition("-")
    return len(states) < resources and (number == "1" or f"{type}-{int(number) - 1}" in states)


def _end(move: _Move, state: State | None) -> Iterator[State]:
    """Where its resource stands after it; nothing where it may not come next."""
    if state == _GONE:
        return
    route = move.lifecycle.route(state, move.key)
    if route is not None and not any(step.raises for step in route[:-1]):
        yield _GONE if route[-1].verb == "delete" else route[-1].state


def _lifecycle(type: str) -> Lifecycle:
    group = KINDS.get(type)
    if group is None:
        raise InvalidInput(f"unknown resource type '{type}'{nearest(type, KINDS.types)}")
    begins = any(end for key in _keys(group.lifecycle) for end in _end(_Move("", group.lifecycle, key), None))
    if not begins or (group.house is not None and f"{type}.created" not in group.lifecycle.raised):
        raise InvalidInput(f"there are no histories of a {type}: none of its events is of one that is made")
    return group.lifecycle


# Plans: the simplest first, which is where shrinking leads


def _late(*waits: str) -> st.SearchStrategy[Mapping[str, Any]]:
    return st.sampled_from(waits).map(lambda wait: {"delay": wait})


def _with(fault: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[Mapping[str, Any]]:
    return st.fixed_dictionaries(values).map(lambda given: {fault: given})


def _modes(fault: str, *modes: str) -> st.SearchStrategy[Mapping[str, Any]]:
    return st.sampled_from(modes).map(lambda mode: {fault: mode})


_SCOPE = st.sampled_from(("same_resource", "any", "across_resources"))

_FAULTS: Mapping[Legality, Sequence[st.SearchStrategy[Mapping[str, Any]]]] = {
    Legality.DOCUMENTED: (
        _with("duplicate", copies=st.integers(1, 3)),
        _with("ack_loss", times=st.integers(1, 3)),
        _late("1s", "30s", "5m", "25m"),
        _with("reorder", mode=st.just("shuffle"), window=st.integers(2, 5), scope=_SCOPE),
        _with("overlap", count=st.integers(2, 4), scope=_SCOPE),
    ),
    Legality.PLAUSIBLE: (
        st.sampled_from(("10s", "5m")).map(lambda long: {"outage": {"for": long}}),
        _modes("payload", "unknown_field", "stale", "tie"),
        _modes("connection", "reset", "close_early"),
        _modes("secret", "wrong", "missing", "empty"),
    ),
    Legality.HOSTILE: (
        st.just({"drop": None}),
        _modes("corrupt", "truncate", "malformed_json", "bitflip"),
    ),
}
