"""Addresses: a customer's, made, changed and deleted."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store.group import Group, custom_of, present
from emulator.store.house import house_customer
from emulator.store.lifecycle import Lifecycle, Step, row
from emulator.store.work import Work

LIFECYCLE = Lifecycle(
    type="address",
    axes=(("present",),),
    rows=(
        row(None, "create", "present", "address.created"),
        row("present", "update", "present", "address.updated"),
        row("present", "delete", "present", "address.deleted"),
    ),
)

_PLACE = ("line_1", "line_2", "city", "county", "region", "postcode", "country")
_WRITABLE = frozenset({"name", "first_name", "last_name", "phone_number", "company_name", "instructions", *_PLACE})
_KNOWN = _WRITABLE | {"customer"}


def _create(work: Work, _resource: Resource | None, step: Step) -> Resource:
    """Of the customer named in the attribute `customer` (an id, key or `@customer`), or of one of the
    house."""
    attributes = work.command.attributes
    name = work.name("address", work.command.alias)
    reference = attributes.get("customer")
    owner = work.find("customer", str(reference)) if reference else house_customer(work, name.key)
    made = work.add(
        "address",
        name,
        {**work.pool.person(name.key), **_recipient(owner), "customer.id": owner.id},
        parent=owner.key,
        hidden={"state": list(step.state)},
        document=_written(attributes),
        custom=custom_of(attributes, _KNOWN),
    )
    work.emit(step.raises, made)
    return made


def _update(work: Work, resource: Resource | None, step: Step) -> Resource:
    """Without attributes, the customer has moved house."""
    old = present(resource)
    attributes = work.command.attributes
    written = _written(attributes)
    custom = custom_of(attributes, _KNOWN)
    if not written and not custom:
        turn = old.occurrences.get("address.updated", 0) + 1
        place = work.pool.person(old.key, f"moved:{turn}")
        written = {field: place[f"address.{field}"] for field in _PLACE}
    changed = work.change(old, document=written, custom=custom)
    work.emit(step.raises, changed)
    return changed


def _delete(work: Work, resource: Resource | None, step: Step) -> Resource:
    gone = work.change(present(resource), deleted=True)
    work.emit(step.raises, gone)
    return gone


def _recipient(owner: Resource) -> dict[str, Any]:
    first, _, last = str(owner.document.get("name", "")).partition(" ")
    return {"person.name": f"{first} {last}".strip(), "person.first_name": first, "person.last_name": last}


def _written(attributes: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for field, value in attributes.items():
        if field in _WRITABLE and value is not None:
            if not isinstance(value, str):
                raise InvalidInput(f"the {field} of an address is a text", path=(field,))
            written[field] = value
    return written


GROUP = Group(lifecycle=LIFECYCLE, handlers={"create": _create, "update": _update, "delete": _delete})
