"""Catalog: every event key that an integration may observe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType

from emulator.domain.errors import InvalidInput, UnknownWord, nearest
from emulator.domain.integration import Scope


class Source(StrEnum):
    """Where it is known from that a key can be observed."""

    CURRENT = "current"  # the provider's reference of the integrations API, 2024
    LEGACY = "legacy"  # its command line and older documentation only
    SUBSCRIPTIONS = "subscriptions"  # its reference of subscriptions
    ACCEPTED = "accepted"  # documented nowhere; its Terraform provider's tests register it


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """One observable key, whose events it may be (a store's, an organization's) and how we know."""

    key: str
    scopes: frozenset[Scope]
    source: Source


# resource: what happens to it. A resource marked `+` is also an organization's.
_CURRENT = """
    account: created updated deleted
    account-member: created updated deleted
    account-membership: created updated deleted
    address: created updated deleted
    cart: updated deleted
    catalog-release+: created updated deleted
    catalog-rule: created updated deleted
    currency: created updated deleted
    customAPIEntryType: created updated deleted
    customer: created updated deleted
    file: created deleted
    integration+: created updated deleted
    one-time-password-token-request: created
    order: created updated paid authorized fulfilled cancelled refunded
    payment-gateway: updated
    settings: created updated
    stock-transaction: created
    transaction: created updated
    user-authentication-info: created updated deleted
"""
_LEGACY = """
    brand: created updated deleted
    category: created updated deleted
    collection: created updated deleted
    product: created updated deleted
"""
_SUBSCRIPTIONS = """
    subscription: created create-failed paused canceled pending_cancel pending_pause resumed closed
    subscription-invoice: created deleted
    subscription-job: created updated deleted
    subscription-offering: created updated deleted
    subscription-plan: created updated deleted
    subscription-product: created updated deleted
    subscription-schedule: created updated deleted
    subscription-subscriber: created updated deleted
"""
_ACCEPTED = "order: deleted"

_STORE = frozenset({Scope.STORE})
_BOTH = frozenset(Scope)
_CUSTOM_VERBS = frozenset({"created", "updated", "deleted"})


def _entries(table: str, source: Source) -> dict[str, CatalogEntry]:
    entries = {}
    for line in table.strip().splitlines():
        resource, _, verbs = line.strip().partition(": ")
        scopes = _BOTH if resource.endswith("+") else _STORE
        for verb in verbs.split():
            key = f"{resource.rstrip('+')}.{verb}"
            entries[key] = CatalogEntry(key=key, scopes=scopes, source=source)
    return entries


CATALOG: Mapping[str, CatalogEntry] = MappingProxyType(
    _entries(_CURRENT, Source.CURRENT)
    | _entries(_LEGACY, Source.LEGACY)
    | _entries(_SUBSCRIPTIONS, Source.SUBSCRIPTIONS)
    | _entries(_ACCEPTED, Source.ACCEPTED)
)


def is_observable(key: str) -> bool:
    """Whether an integration may observe this key: one of the catalog, or a Custom API's.

    Those are `<api_type>.created|updated|deleted`; the provider's Custom APIs have types that end in `_ext`
    (its document of commerce extensions).
    """
    if key in CATALOG:
        return True
    api_type, _, verb = key.rpartition(".")
    return verb in _CUSTOM_VERBS and api_type.endswith("_ext") and len(api_type) > len("_ext") and "." not in api_type


def event_glob(pattern: str, *path: str | int) -> str:
    """This key or glob, if some event can match it. Raises InvalidInput with the nearest key and this path."""
    if is_observable(pattern) or "_ext" in pattern or any(fnmatchcase(key, pattern) for key in CATALOG):
        return pattern
    raise InvalidInput(f"'{pattern}' matches no event that can be observed{nearest(pattern, CATALOG)}", path=path)


RESOURCE_TYPES = tuple(dict.fromkeys(key.rpartition(".")[0] for key in CATALOG))
"""What events can be about, Custom APIs' own types aside."""


def resource_type(word: str, *path: str | int) -> str:
    """This type, if some event can be about a resource of it. Raises InvalidInput with the nearest and this path."""
    if word in RESOURCE_TYPES or word.endswith("_ext"):
        return word
    raise InvalidInput(
        f"'{word}' is no type of a resource that events are about{nearest(word, RESOURCE_TYPES)}", path=path
    )


def chosen_keys(patterns: Iterable[str]) -> list[str]:
    """The observable keys that match any of these globs, in the catalog's order; all of it without a glob.

    A Custom API's key stands for itself. Raises UnknownWord for a pattern that matches nothing.
    """
    wanted = tuple(patterns) or ("*",)
    for pattern in wanted:
        if not is_observable(pattern) and not any(fnmatchcase(key, pattern) for key in CATALOG):
            raise UnknownWord("event key", pattern, CATALOG)
    listed = [key for key in CATALOG if any(fnmatchcase(key, pattern) for pattern in wanted)]
    return listed + [pattern for pattern in dict.fromkeys(wanted) if is_observable(pattern) and pattern not in CATALOG]


def scopes_of(key: str) -> frozenset[Scope]:
    """Whose events this key may be; a store's where the catalog does not list it."""
    entry = CATALOG.get(key)
    return entry.scopes if entry else _STORE
