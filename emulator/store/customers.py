"""Customers: made, changed and deleted; their addresses go with them."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store.group import Group, custom_of, present
from emulator.store.house import customer_values
from emulator.store.lifecycle import Lifecycle, Step, row
from emulator.store.work import Work

LIFECYCLE = Lifecycle(
    type="customer",
    axes=(("present",),),
    rows=(
        row(None, "create", "present", "customer.created"),
        row("present", "update", "present", "customer.updated"),
        row("present", "delete", "present", "customer.deleted"),
    ),
)

_WRITABLE = ("name", "email")
_KNOWN = frozenset({*_WRITABLE, "password"})
_ALL = 1_000_000


def _create(work: Work, _resource: Resource | None, step: Step) -> Resource:
    attributes = work.command.attributes
    name = work.name("customer", work.command.alias)
    made = work.add(
        "customer",
        name,
        customer_values(work, name.key),
        hidden={"state": list(step.state)},
        document=_written(attributes),
        custom=custom_of(attributes, _KNOWN),
    )
    work.emit(step.raises, made)
    return made


def _update(work: Work, resource: Resource | None, step: Step) -> Resource:
    """Without attributes, the customer gets another mail address."""
    old = present(resource)
    attributes = work.command.attributes
    written = _written(attributes)
    custom = custom_of(attributes, _KNOWN)
    if not written and not custom:
        mailbox, _, host = str(old.document.get("email", "someone@example.com")).partition("@")
        turn = old.occurrences.get("customer.updated", 0) + 1
        written = {"email": f"{mailbox.partition('+')[0]}+{turn}@{host}"}
    changed = work.change(old, document=written, custom=custom)
    work.emit(step.raises, changed)
    return changed


def _delete(work: Work, resource: Resource | None, step: Step) -> Resource:
    old = present(resource)
    addresses, _ = work.shelves.page("address", parent=old.key, limit=_ALL)
    for address in addresses:
        work.change(address, deleted=True)
    gone = work.change(old, deleted=True)
    work.emit(step.raises, gone)
    return gone


def _written(attributes: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for field in _WRITABLE:
        value = attributes.get(field)
        if value is None:
            continue
        if not isinstance(value, str) or not value:
            raise InvalidInput(f"the {field} of a customer is a text", path=(field,))
        written[field] = value
    return written


GROUP = Group(lifecycle=LIFECYCLE, handlers={"create": _create, "update": _update, "delete": _delete})
