"""Filters: the provider's `filter=ge(updated_at,2026-01-01):eq(payment,paid)` on lists of the shop's
resources."""

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from emulator.domain.errors import InvalidInput, nearest
from emulator.domain.moment import parse_instant
from emulator.domain.resource import Resource

Predicate = Callable[[Resource], bool]

_TERM = re.compile(r"\s*(\w+)\(\s*([\w.]+)\s*,\s*([^()]*?)\s*\)\s*")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_INSTANTS = frozenset({"created_at", "updated_at"})
_OPERATORS = (*_COMPARISONS, "like", "in")
_PLACES: Mapping[str, tuple[str, ...]] = {
    "created_at": ("meta", "timestamps", "created_at"),
    "updated_at": ("meta", "timestamps", "updated_at"),
    "email": ("customer", "email"),
    "name": ("customer", "name"),
    "with_tax": ("meta", "display_price", "with_tax", "amount"),
    "without_tax": ("meta", "display_price", "without_tax", "amount"),
    "currency": ("meta", "display_price", "with_tax", "currency"),
    "customer_id": ("relationships", "customer", "data", "id"),
    "shipping_postcode": ("shipping_address", "postcode"),
    "billing_postcode": ("billing_address", "postcode"),
}


def parse_filter(text: str) -> Predicate:
    """What a `filter` asks for: terms parted by `:`, all of which must hold.

    Raises InvalidInput.

    Fields are the provider's names for orders (its document of orders), or any field of the resource, dotted
    where it lies deeper; `like` takes `*` at either end, `in` a list parted by commas. What a resource lacks
    matches nothing.
    """
    tests: list[Predicate] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise InvalidInput(f"'{text}' is not a filter; write eq(payment,paid) or ge(updated_at,2026-01-01)")
        operator, field, value = found.groups()
        if operator not in _OPERATORS:
            raise InvalidInput(f"unknown filter operator '{operator}'{nearest(operator, _OPERATORS)}")
        tests.append(_test(operator, field, value.strip("\"'")))
        position = found.end()
        if position < len(text):
            if text[position] != ":":
                raise InvalidInput(f"'{text}' is not a filter; part its terms with a colon")
            position += 1
    if not tests:
        raise InvalidInput("the filter is empty; write eq(payment,paid) or leave it out")
    return lambda resource: all(test(resource) for test in tests)


class SortKey(NamedTuple):
    """One field to sort by."""

    field: str
    descending: bool


def parse_sort(text: str) -> tuple[SortKey, ...]:
    """What a `sort` asks for: fields parted by commas, each with a minus for the largest first. Raises InvalidInput."""
    keys = []
    for part in text.split(","):
        word = part.strip()
        field = word.removeprefix("-")
        if not re.fullmatch(r"[\w.]+", field):
            raise InvalidInput(f"'{word}' is no field to sort by; write name, or -created_at for the newest first")
        keys.append(SortKey(field, word.startswith("-")))
    return tuple(keys)


def in_order(resources: Sequence[Resource], keys: Sequence[SortKey]) -> list[Resource]:
    """Sorted by the first key, those alike by the next; what lacks a field comes last."""
    found = list(resources)
    for key in reversed(keys):
        having = [resource for resource in found if _values(resource, key.field)]
        lacking = [resource for resource in found if not _values(resource, key.field)]
        having.sort(key=lambda resource: _rank(_values(resource, key.field)[0]), reverse=key.descending)
        found = having + lacking
    return found


def _rank(value: Any) -> tuple[int, Any]:
    """Numbers among numbers, texts among texts, anything else as it is written."""
    if isinstance(value, bool):
        return (0, int(value))
    if isinstance(value, int | float):
        return (1, value)
    return (2, str(value).casefold())


def _test(operator: str, field: str, wanted: str) -> Predicate:
    if operator == "like":
        pattern = re.sub(r"([\[?])", r"[\1]", wanted)
        return lambda resource: any(fnmatchcase(str(value), pattern) for value in _values(resource, field))
    if operator == "in":
        among = {part.strip() for part in wanted.split(",")}
        return lambda resource: any(str(value) in among for value in _values(resource, field))
    compare = _COMPARISONS[operator]
    if field in _INSTANTS:
        moment = _instant(wanted)
        return lambda resource: any(compare(_instant(value), moment) for value in _values(resource, field))
    return lambda resource: any(_holds(compare, value, wanted) for value in _values(resource, field))


def _holds(compare: Callable[[Any, Any], bool], value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return compare(str(value).lower(), wanted)
    if isinstance(value, int | float):
        try:
            return compare(value, float(wanted))
        except ValueError:
            return False
    return compare(str(value), wanted)


def _instant(text: str) -> int:
    """A date is its first moment."""
    return parse_instant(f"{text}T00:00:00Z" if len(text) == len("2026-01-01") else text)


def _values(resource: Resource, field: str) -> list[Any]:
    if field in ("product_id", "product_sku"):
        key = field if field == "product_id" else "sku"
        return [item[key] for item in resource.hidden.get("items", ()) if key in item]
    shown: Mapping[str, Any] = {**resource.document, **resource.custom}
    deeper = tuple(field.split("."))
    for path in ((field,), deeper, ("attributes", *deeper), _PLACES.get(field, ()), ("meta", field)):
        found = _at(shown, path)
        if found is not None:
            return [found]
    return []


def _at(node: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return None
    for step in path:
        if not isinstance(node, Mapping) or step not in node:
            return None
        node = node[step]
    return node
