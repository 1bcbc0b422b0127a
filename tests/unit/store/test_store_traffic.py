"""Traffic: stories that are legal by construction, in the shares that were asked for, the same for the same seed."""

import gc
import os
import subprocess
import sys
import tracemalloc
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import sqrt
from typing import Any

import pytest

from emulator.core.dice import Dice
from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.domain.resource import Command, Resource
from emulator.store.kinds import KINDS
from emulator.store.mix import Mix
from emulator.store.stories import STORIES, USUAL
from emulator.store.traffic import MOST_VISITORS, Traffic

Members = Mapping[str, Any]
"""The states of a story's resources, by type."""

_PROGRAM = """
from hashlib import sha256
from emulator.domain.resource import Resource
from emulator.store.mix import Mix
from emulator.store.traffic import Traffic
traffic, digest = Traffic(42, Mix()), sha256()
for number in range(3_000):
    turn = traffic.next()
    digest.update(repr(turn.command).encode())
    type = turn.command.type
    subject = Resource(key=f"{type}:{number}", type=type, id="", document={}, created_at=0, touched_at=0)
    traffic.done(turn, subject)
print(digest.hexdigest())
"""


def _commands(traffic: Traffic, count: int) -> Iterator[Command]:
    """What happens in a shop that takes everything; a resource is called by the turn that made it."""
    for number in range(count):
        turn = traffic.next()
        type = turn.command.type
        key = turn.command.target or f"{type}:{number}"
        traffic.done(turn, Resource(key=key, type=type, id="", document={}, created_at=0, touched_at=0))
        yield turn.command


def _after(command: Command, members: Members) -> Iterator[Members]:
    """The states that a command may leave; those that it is not legal in fail the test."""
    lifecycle = KINDS.get(command.type).lifecycle
    referred = [value for value in command.attributes.values() if isinstance(value, str) and value.startswith("@")]
    for reference in [*referred, *([command.target] if (command.target or "").startswith("@") else [])]:
        assert members.get(reference.removeprefix("@")), f"{command} needs one"
    if command.target is not None and not command.target.startswith("@"):
        yield members
        return
    state = None if command.target is None else members[command.type]
    verbs = ("remove_item", "clear") if command.verb == "remove_item" else (command.verb,)
    for verb in verbs:
        step = lifecycle.step(state, verb, command.type)
        yield {**members, command.type: None if command.verb == "delete" else step.state}


@pytest.mark.parametrize("name", sorted(STORIES))
def test_whichever_way_a_story_goes_the_lifecycles_allow_it(name: str) -> None:
    story = STORIES[name]
    waiting: deque[tuple[str, Members]] = deque([(story.opening, {})])
    seen: set[str] = set()
    scenes: set[str] = set()
    while waiting:
        scene, members = waiting.popleft()
        if (place := f"{scene} {sorted(members.items(), key=str)}") in seen:
            continue
        seen.add(place)
        scenes.add(scene)
        for choice in story.scenes[scene]:
            if choice.command is None:
                assert choice.then is None
                continue
            assert choice.weight > 0
            for after in _after(choice.command, members):
                if choice.then is not None:
                    waiting.append((choice.then, after))
    assert scenes == set(story.scenes), "every scene is reached"


@pytest.mark.parametrize("name", sorted(STORIES))
def test_no_story_is_refused_where_nobody_else_interferes(world: Any, name: str) -> None:
    traffic = Traffic(7, Mix(weights={name: 1}))
    for type in STORIES[name].house:
        world.shelves.put(world.shop.furnished(type, world.shelves, world.now))
    for _ in range(400):
        turn = traffic.next()
        (change,) = world.run([turn.command])
        traffic.done(turn, change.subject)
    assert traffic.finished[name] > 20
    assert world.events, "a story without events would take no time"
    assert not traffic.cut_short


def test_every_type_that_can_be_made_has_a_story() -> None:
    made = {group.type for group in KINDS if group.lifecycle.legal(None) and group.lifecycle.raised}
    assert made <= set(STORIES)
    assert set(USUAL) <= set(STORIES)


def test_stories_begin_in_the_shares_of_their_weights() -> None:
    weights = {"order": 5.0, "cart": 20.0, "customer": 1.0, "product": 0.0}
    total, stories = sum(weights.values()), 10_000
    dice, mix = Dice(3), Mix(weights=weights)
    drawn = Counter(mix.draw(dice, nth).name for nth in range(stories))
    for name, weight in weights.items():
        share = weight / total
        assert abs(drawn[name] - stories * share) <= 4 * sqrt(stories * share * (1 - share)), drawn


def test_a_raised_weight_only_turns_others_into_that_story() -> None:
    dice = Dice(3)
    before, after = (Mix(weights={"order": weight, "cart": 20, "customer": 4}) for weight in (5, 9))
    pairs = Counter((before.draw(dice, nth).name, after.draw(dice, nth).name) for nth in range(2_000))
    assert {new for old, new in pairs if old != new} == {"order"}


def test_the_nth_story_of_a_name_takes_the_same_course_in_any_mix() -> None:
    def courses(weights: Mapping[str, float]) -> dict[int, list[str]]:
        """The verbs of the first customers, by the number of their story."""
        traffic = Traffic(11, Mix(weights=weights))
        stories: dict[int, list[str]] = {}
        by_key: dict[str, int] = {}
        for number, command in enumerate(_commands(traffic, 4_000)):
            if (command.type, command.verb) == ("customer", "create"):
                by_key[f"customer:{number}"] = len(by_key) + 1
            owner = command.target if command.type == "customer" else command.attributes.get("customer")
            story = by_key.get(owner or f"customer:{number}")
            if story is not None and story <= 20:
                stories.setdefault(story, []).append(f"{command.type} {command.verb}")
        return stories

    assert courses({"customer": 1}) == courses({"customer": 1, "address": 3})


def test_the_same_seed_gives_the_same_commands_in_every_process() -> None:
    def digest(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    assert len({digest("0"), digest("1"), digest("4242")}) == 1


def test_another_seed_gives_other_commands() -> None:
    one, other = (list(_commands(Traffic(seed, Mix()), 100)) for seed in (1, 2))
    assert one != other


def test_what_comes_after_other_traffic_tells_other_stories() -> None:
    def days() -> list[list[Command]]:
        day, told = None, []
        for _ in range(3):
            day = Traffic(1, Mix(), day)
            told.append(list(_commands(day, 100)))
        return told

    one = days()
    assert one == days()
    assert one[0] == list(_commands(Traffic(1, Mix()), 100))
    assert all(day not in one[:place] for place, day in enumerate(one))


def test_visitors_mix() -> None:
    carts = [
        command.target for command in _commands(Traffic(1, Mix(weights={"cart": 1})), 500) if command.verb == "add_item"
    ]
    turns = sum(one != other for one, other in pairwise(carts))
    assert turns > len(carts) // 2, "hardly anybody fills a cart without others in between"


def test_it_takes_no_more_memory_the_longer_it_goes_on() -> None:
    def kept_after(turns: int) -> int:
        deque(_commands(traffic, turns), maxlen=0)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
        return kept

    tracemalloc.start()
    try:
        traffic = Traffic(5, Mix())
        before, after = kept_after(4_000), kept_after(10_000)
    finally:
        tracemalloc.stop()
    assert 0 < traffic.open <= MOST_VISITORS
    assert traffic.begun.total() > 10 * MOST_VISITORS
    assert after < 1.25 * before


def test_a_refused_command_ends_its_story_and_no_other() -> None:
    traffic = Traffic(5, Mix(weights={"cart": 1}))
    deque(_commands(traffic, 200), maxlen=0)
    finished, turn = traffic.finished.total(), traffic.next()
    going_on = traffic.open
    traffic.refused(turn)
    assert traffic.open == going_on - 1
    assert (traffic.cut_short.total(), traffic.finished.total()) == (1, finished)
    deque(_commands(traffic, 200), maxlen=0)
    assert traffic.cut_short.total() == 1


def test_a_fork_goes_on_by_itself() -> None:
    traffic = Traffic(5, Mix())
    deque(_commands(traffic, 200), maxlen=0)
    before = (traffic.begun.copy(), traffic.open)
    ahead = list(_commands(traffic.fork(), 300))
    assert (traffic.begun, traffic.open) == before
    assert list(_commands(traffic, 300)) == ahead


def test_what_no_mix_can_be_is_refused() -> None:
    with pytest.raises(UnknownWord, match="unknown story 'ordre'; did you mean 'order'"):
        Mix(weights={"ordre": 1})
    weights: tuple[Any, ...] = (-1, float("inf"), float("nan"), True, "5", 10**400)
    for weight in weights:
        with pytest.raises(InvalidInput, match="a weight is a number from 0 to"):
            Mix(weights={"order": weight})
    with pytest.raises(InvalidInput, match="a weight above 0"):
        Mix(weights={"order": 0})
