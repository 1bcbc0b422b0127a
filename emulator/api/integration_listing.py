"""The list of integrations: `filter=eq(name,…)` and `sort=±created_at|name`."""

import re
from collections.abc import Mapping, Sequence

from emulator.api.refusal import ErrorEntry, Refusal, hint, invalid, quoted
from emulator.domain.integration import Integration

_NAMED = re.compile(r"eq\(\s*name\s*,(.*)\)", re.DOTALL)
_SORTS = ("created_at", "-created_at", "name", "-name")


def arranged(integrations: Sequence[Integration], query: Mapping[str, str]) -> list[Integration]:
    """Those that the query string asks for, in its order; by default all, oldest first.

    Raises a 422 with one entry per parameter that is wrong.
    """
    entries: list[ErrorEntry] = []
    wanted = query.get("filter")
    name = None if wanted is None else _name_of(wanted, entries)
    # A plus may say ascending; one that was not encoded arrives as a blank.
    order = query.get("sort", "").strip().removeprefix("+") or "created_at"
    if order not in _SORTS:
        entries.append(invalid("sort", f"sort has no value {quoted(order)}{hint(order, _SORTS)}"))
    if entries:
        raise Refusal(*entries)
    chosen = [integration for integration in integrations if name is None or integration.name == name]
    if order.endswith("name"):
        chosen.sort(key=lambda integration: integration.name, reverse=order.startswith("-"))
    elif order.startswith("-"):
        chosen.reverse()
    return chosen


def _name_of(wanted: str, entries: list[ErrorEntry]) -> str | None:
    found = _NAMED.fullmatch(wanted.strip())
    if found is None:
        entries.append(invalid("filter", f"filter must be eq(name,…), not {quoted(wanted)}"))
        return None
    name = found.group(1).strip()
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name
