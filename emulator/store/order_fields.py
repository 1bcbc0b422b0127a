"""The fields of an order that callers may write, and what is done with the others."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource

REFERENCES = ("order_number", "external_ref")
"""May be set, changed, and taken away with an empty value at any time (the provider's document of orders)."""

_LONGEST_REFERENCE = 64
_ADDRESS = frozenset(
    {
        *("first_name", "last_name", "phone_number", "company_name", "line_1", "line_2"),
        *("city", "county", "region", "postcode", "country", "instructions"),
    }
)

KNOWN = frozenset(
    {
        *("status", "payment", "shipping", "anonymized", "customer", "contact", "account", "cart", "amount"),
        *("shipping_address", "billing_address", *REFERENCES),
    }
)
"""What the provider knows of an order; anything else that a caller sends is a store's own field."""


def written(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The references that a caller sets."""
    changed: dict[str, Any] = {}
    for field in REFERENCES:
        value = attributes.get(field)
        if value is None or value == "":
            continue
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise InvalidInput(f"the {field} of an order is a text", path=(field,))
        if len(str(value)) > _LONGEST_REFERENCE:
            raise InvalidInput(f"the {field} of an order has at most {_LONGEST_REFERENCE} characters", path=(field,))
        changed[field] = str(value)
    return changed


def erased(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """The references that a caller takes away, with an empty value."""
    return tuple(field for field in REFERENCES if attributes.get(field) == "")


def addressed(order: Resource, attributes: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The addresses that a caller sets; the parts that are not sent stay."""
    changed: dict[str, Any] = {}
    for field in fields:
        given = attributes.get(field)
        if given is None:
            continue
        if not isinstance(given, Mapping):
            raise InvalidInput(f"the {field} of an order is an object", path=(field,))
        for part, value in given.items():
            good = isinstance(value, str | None) or (part == "postcode" and type(value) is int)
            if part in _ADDRESS and not good:
                raise InvalidInput(f"the {part} of an address is a text", path=(field, part))
        changed[field] = {**order.document.get(field, {}), **_parts(given)}
    return changed


def _parts(given: Mapping[str, Any]) -> dict[str, Any]:
    """A postcode may come as a number, as in the provider's examples; it is a text all the same."""
    parts = {part: value for part, value in given.items() if part in _ADDRESS}
    return {**parts, "postcode": str(parts["postcode"])} if isinstance(parts.get("postcode"), int) else parts
