"""Story: one believable course of commands, as a table of scenes with what may come next in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.dice import Stream
from emulator.domain.resource import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that may come next, as likely as its weight among those of its scene, and the scene after it.

    Without a command, or without a scene after it, the story ends.
    """

    weight: float
    command: Command | None = None
    then: str | None = None


Scenes = Mapping[str, Sequence[Choice]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A name, and the scenes by theirs; the first one opens it.

    `house` are the types of which those that have been there since before must be there.
    """

    name: str
    scenes: Scenes
    house: tuple[str, ...] = ()

    @property
    def opening(self) -> str:
        return next(iter(self.scenes))

    def choose(self, scene: str, stream: Stream) -> Choice:
        """What comes next, by one draw."""
        choices = self.scenes[scene]
        left = stream.uniform() * sum(choice.weight for choice in choices)
        for choice in choices:
            left -= choice.weight
            if left < 0:
                return choice
        return choices[-1]


def may(weight: float, what: str, then: str | None = None, **attributes: Any) -> Choice:
    """A command as it is written in the tables: `cart create` makes one, `@cart add_item` is done to the story's own
    cart, `product:house-1 update` to the resource of this key. `@cart` as an attribute is the story's own too."""
    subject, verb = what.split()
    type = subject.removeprefix("@").partition(":")[0]
    target = None if subject == type else subject
    return Choice(weight=weight, command=Command(type=type, verb=verb, target=target, attributes=attributes), then=then)


def leaves(weight: float) -> Choice:
    """Nothing more comes of it."""
    return Choice(weight=weight)


def cast(command: Command, members: Mapping[str, str]) -> Command:
    """The command with keys in place of `@type`. Every type that it names has a member."""

    def named(value: Any) -> Any:
        return members[value[1:]] if isinstance(value, str) and value.startswith("@") else value

    attributes = {name: named(value) for name, value in command.attributes.items()}
    return replace(command, target=named(command.target), attributes=attributes)
