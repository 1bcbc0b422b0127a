"""Walk: a story without a table of its own, which does whatever the lifecycle of a resource allows."""

from emulator.domain.resource import Command
from emulator.store.group import Group
from emulator.store.lifecycle import State
from emulator.store.paths import along
from emulator.store.story import Choice, Story, leaves

_GOES_ON = 4
_IS_DELETED = 0.5
_ENDS = 3


def walk(group: Group) -> Story | None:
    """One is made, after what it is made from, and changed as long as it pleases; a scene is a state. None for a type
    that no command makes, or that nobody hears of."""
    beginnings = [route for route in group.lifecycle.routes(None) if len(route) == 1]
    if not beginnings or not group.lifecycle.raised:
        return None
    scenes: dict[str, tuple[Choice, ...]] = {}
    *before, _ = along(group, beginnings[0])
    for number, command in enumerate(before):
        then = f"begins {number + 1}" if number + 1 < len(before) else "begins"
        scenes[f"begins {number}"] = (Choice(weight=1, command=command, then=then),)
    scenes["begins"] = tuple(
        Choice(weight=1, command=along(group, route)[-1], then=_scene(route[-1].state)) for route in beginnings
    )
    for route in group.lifecycle.routes(None):
        state = route[-1].state
        if _scene(state) not in scenes:
            scenes[_scene(state)] = (*_onward(group, state), leaves(_ENDS))
    return Story(name=group.type, scenes=scenes)


def _onward(group: Group, state: State) -> list[Choice]:
    choices = []
    for verb in group.lifecycle.legal(state):
        step = group.lifecycle.step(state, verb, group.type)
        command = Command(type=group.type, verb=verb, target=f"@{group.type}")
        gone = verb == "delete"
        choices.append(
            Choice(weight=_IS_DELETED if gone else _GOES_ON, command=command, then=None if gone else _scene(step.state))
        )
    return choices


def _scene(state: State) -> str:
    return " ".join(state)
