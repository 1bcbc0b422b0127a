"""Paths: which commands must run so that the shop raises a certain event."""

from dataclasses import replace

from emulator.domain.catalog import CATALOG, is_observable
from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound, UnknownWord, UserError
from emulator.domain.ports import Shelves
from emulator.domain.resource import Command, Resource
from emulator.store.group import Group, Origin, state_of
from emulator.store.kinds import KINDS
from emulator.store.lifecycle import Step


def check_raisable(key: str) -> None:
    """Raises UnknownWord for a key that nobody can observe, UserError for one of integrations, which are no resources
    of the shop."""
    if KINDS.raising(key) is not None:
        return
    if not is_observable(key):
        raise UnknownWord("event key", key, CATALOG)
    raise UserError(f"{key} is raised by the life of integrations themselves: create, change or delete one")


def path_to(key: str, shelves: Shelves, *, of: str | None, alias: str | None) -> list[Command]:
    """The shortest way to this event: with `of` from that resource on, else from nothing."""
    check_raisable(key)
    group = KINDS.raising(key)
    assert group is not None, "every raisable key is raised by some command"
    if of is None:
        return _from_nothing(group, key, alias)
    start = _referred(of, key, group, shelves)
    if start.type == group.type:
        if alias is not None:
            raise InvalidInput(
                f"{key} of {start.key} makes nothing new that could be called '{alias}'", path=("alias",)
            )
        return _onward(group, start, key)
    assert group.origin is not None, "only what is made from something goes on from something else"
    return _from_origin(group, group.origin, start, key, alias)


def along(group: Group, route: tuple[Step, ...], alias: str | None = None) -> list[Command]:
    """The commands of a route from nothing, after those that make what the resource is made from."""
    first, *others = _commands(group.type, route, None)
    origin = group.origin
    before = origin.before if origin else ()
    attributes = {origin.attribute: f"@{origin.type}"} if origin and before else {}
    return [*before, replace(first, alias=alias, attributes=attributes), *others]


def _from_nothing(group: Group, key: str, alias: str | None) -> list[Command]:
    route = group.lifecycle.route(None, key)
    assert route is not None, "every raisable key has a way from nothing"
    return along(group, route, alias)


def _from_origin(group: Group, origin: Origin, start: Resource, key: str, alias: str | None) -> list[Command]:
    """An order made from a given cart needs no other cart, only something in this one."""
    commands = _from_nothing(group, key, alias)[len(origin.before) :]
    commands[0] = replace(commands[0], attributes={origin.attribute: start.id})
    if origin.before and start.hidden["state"] == ["empty"]:
        commands.insert(0, replace(origin.before[-1], target=start.id))
    return commands


def _onward(group: Group, start: Resource, key: str) -> list[Command]:
    lifecycle = group.lifecycle
    state = state_of(start)
    route = lifecycle.route(state, key)
    if route is None:
        made = " is there already:" if key.endswith(".created") else ":"
        words = ", ".join(state or ())
        legal = ", ".join(lifecycle.legal(state))
        raise IllegalCommand(f"{start.key}{made} ({words}); nothing leads from there to {key}; legal now: {legal}")
    return _commands(start.type, route, start.id)


def _commands(type: str, route: tuple[Step, ...], target: str | None) -> list[Command]:
    commands = []
    for step in route:
        commands.append(Command(type=type, verb=step.verb, target=target))
        target = target or f"@{type}"
    return commands


def _referred(of: str, key: str, group: Group, shelves: Shelves) -> Resource:
    """The resource that `of` means: `last`, a key or alias, or an id."""
    owner = group.type
    sources = (owner, group.origin.type) if group.origin else (owner,)
    if of == "last":
        newest, _ = shelves.page(owner, limit=1, newest_first=True)
        if not newest:
            raise NotFound(f"there is no {owner} yet that could be the last; leave --of out to make one")
        return newest[0]
    found = shelves.by_key(of)
    for type in dict.fromkeys((*sources, *group.forms)):
        found = found or shelves.get(type, of)
    if found is None:
        raise NotFound(f"there is no {' or '.join(sources)} '{of}'")
    if found.deleted:
        raise IllegalCommand(f"{found.key} is deleted; nothing more can be done to it")
    if found.type in group.forms and found.type != owner and found.parent is not None:
        found = shelves.by_key(found.parent) or found
    if found.type not in sources:
        raise UserError(f"{found.key} is of type {found.type}; for {key} name one of type {' or '.join(sources)}")
    return found
