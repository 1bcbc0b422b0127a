"""The fields of a cart that callers may write."""

import re
from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import InvalidInput
from emulator.domain.moment import parse_instant
from emulator.store.check import Check, flag, mapping, text

KNOWN = frozenset(
    {
        *("name", "description", "discount_settings", "snapshot_date", "custom_attributes", "payment_intent_id"),
        *("currency", "customer", "account"),
    }
)
"""What the provider knows of a cart; anything else that a caller sends is a store's own field."""

_LONGEST_NAME = 255
_MOST_ATTRIBUTES = 20
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (int, float),
    "boolean": (bool,),
}
_SAFE = re.compile(r"[A-Za-z0-9._~-]{1,128}")


def _name(value: Any) -> str | None:
    good = isinstance(value, str) and 1 <= len(value) <= _LONGEST_NAME
    return None if good else f"has 1 to {_LONGEST_NAME} characters"


def _settings(value: Any) -> str | None:
    complaint = mapping(value)
    if complaint or all(flag(each) is None for each in value.values()):
        return complaint
    return "holds nothing but true and false"


def _attributes(value: Any) -> str | None:
    complaint = mapping(value)
    if complaint:
        return complaint
    if len(value) > _MOST_ATTRIBUTES:
        return f"has at most {_MOST_ATTRIBUTES}"
    for name, entry in value.items():
        kinds = _KINDS.get(str(entry.get("type"))) if isinstance(entry, Mapping) else None
        if kinds is None or not isinstance(entry.get("value"), kinds):
            return f'says {{"type": one of {", ".join(_KINDS)}, "value": …}} of each; \'{name}\' does not'
    return None


def _intent(value: Any) -> str | None:
    return None if value == "" else "can only be emptied"


_CHECKS: Mapping[str, Check] = {
    "name": _name,
    "description": text,
    "discount_settings": _settings,
    "snapshot_date": text,
    "custom_attributes": _attributes,
    "payment_intent_id": _intent,
}


def written(attributes: Mapping[str, Any], at: int, old: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The fields as they will be in the document, over those of `old`. Raises InvalidInput with the field.

    A cart with a date ahead (`snapshot_date`) only shows what would be then, and stays one (the provider's preview
    cart).
    """
    fields: dict[str, Any] = {}
    for name, check in _CHECKS.items():
        value = attributes.get(name)
        if value is None:
            continue
        complaint = check(value)
        if complaint:
            raise InvalidInput(f"the {name} of a cart {complaint}", path=(name,))
        fields[name] = value
    fields.pop("payment_intent_id", None)
    if "snapshot_date" in fields and parse_instant(fields["snapshot_date"]) <= at:
        raise InvalidInput("the snapshot_date of a cart is to come", path=("snapshot_date",))
    if "discount_settings" in fields and old is not None:
        fields["discount_settings"] = {**old.get("discount_settings", {}), **fields["discount_settings"]}
    return fields


def own_id(value: object) -> str:
    """A cart's id as its shopper chose it. Raises InvalidInput for what could not stand in a path."""
    if isinstance(value, str) and _SAFE.fullmatch(value):
        return value
    raise InvalidInput("the id of a cart has letters, digits and . _ ~ -, at most 128", path=("id",))
