"""Paths: which commands must run so that the shop raises a certain event."""

from collections.abc import Mapping
from dataclasses import replace

from emulator.domain.catalog import CATALOG, is_observable
from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound, UnknownWord, UserError, nearest
from emulator.domain.ports import Shelves
from emulator.domain.resource import Command, Resource
from emulator.store import addresses, carts, customers, orders, products
from emulator.store.group import Group, state_of
from emulator.store.lifecycle import Step

GROUPS: Mapping[str, Group] = {
    group.type: group for group in (customers.GROUP, addresses.GROUP, products.GROUP, carts.GROUP, orders.GROUP)
}

RAISABLE = frozenset(key for group in GROUPS.values() for key in group.lifecycle.raised)
"""Every key that some command of the shop raises."""

_THROUGH = {"transaction": "order"}  # whose commands raise another type's events
_FROM = {"order": ("cart", "cart"), "address": ("customer", "customer")}  # made from what; the attribute that names it
_BEFORE: Mapping[str, tuple[Command, ...]] = {
    "order": (Command(type="cart", verb="create"), Command(type="cart", verb="add_item", target="@cart"))
}


def check_raisable(key: str) -> None:
    """Raises UserError for a key that cannot be triggered yet, UnknownWord for one that nobody can
    observe."""
    if key in RAISABLE:
        return
    if not is_observable(key):
        raise UnknownWord("event key", key, CATALOG)
    resource = key.rpartition(".")[0]
    if resource == "integration":
        raise UserError(f"{key} is raised by the life of integrations themselves: create, change or delete one")
    hint = nearest(key, RAISABLE) or f"; {', '.join(sorted(RAISABLE)[:3])} and others can"
    raise UserError(f"the shop has no {resource} yet, so {key} can be observed but not triggered{hint}")


def path_to(key: str, shelves: Shelves, *, of: str | None, alias: str | None) -> list[Command]:
    """The shortest way to this event: with `of` from that resource on, else from nothing."""
    check_raisable(key)
    type = key.partition(".")[0]
    owner = _THROUGH.get(type, type)
    if of is None:
        return _from_nothing(owner, key, alias)
    start = _referred(of, key, owner, shelves)
    if start.type == owner:
        if alias is not None:
            raise InvalidInput(
                f"{key} of {start.key} makes nothing new that could be called '{alias}'", path=("alias",)
            )
        return _onward(start, key)
    commands = _from_nothing(owner, key, alias)
    if owner == "order":
        # An order made from a given cart needs no other cart, only something in this one.
        commands = commands[len(_BEFORE["order"]) :]
        if not start.hidden["items"]:
            commands.insert(0, Command(type="cart", verb="add_item", target=start.id))
    made = next(index for index, command in enumerate(commands) if command.type == owner)
    attribute = _FROM[owner][1]
    commands[made] = replace(commands[made], attributes={attribute: start.id})
    return commands


def _from_nothing(owner: str, key: str, alias: str | None) -> list[Command]:
    route = GROUPS[owner].lifecycle.route(None, key)
    assert route is not None, "every raisable key has a way from nothing"
    first, *others = _commands(owner, route, None)
    if owner in _BEFORE:
        first = replace(first, attributes={_FROM[owner][1]: f"@{_FROM[owner][0]}"})
    return [*_BEFORE.get(owner, ()), replace(first, alias=alias), *others]


def _onward(start: Resource, key: str) -> list[Command]:
    lifecycle = GROUPS[start.type].lifecycle
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


def _referred(of: str, key: str, owner: str, shelves: Shelves) -> Resource:
    """The resource that `of` means: `last`, a key or alias, or an id."""
    sources = (owner, *(_FROM[owner][:1] if owner in _FROM else ()))
    if of == "last":
        newest, _ = shelves.page(owner, limit=1, newest_first=True)
        if not newest:
            raise NotFound(f"there is no {owner} yet that could be the last; leave --of out to make one")
        return newest[0]
    found = shelves.by_key(of)
    for type in (*sources, *(type for type, through in _THROUGH.items() if through == owner)):
        found = found or shelves.get(type, of)
    if found is None:
        raise NotFound(f"there is no {' or '.join(sources)} '{of}'")
    if found.deleted:
        raise IllegalCommand(f"{found.key} is deleted; nothing more can be done to it")
    if _THROUGH.get(found.type) == owner and found.parent is not None:
        found = shelves.by_key(found.parent) or found
    if found.type not in sources:
        raise UserError(f"{found.key} is of type {found.type}; for {key} name one of type {' or '.join(sources)}")
    return found
