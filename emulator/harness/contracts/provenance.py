"""Provenance: how we know what a message looks like, told in the words of docs/fidelity.md."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from emulator.domain.catalog import CATALOG, Source
from emulator.loading.schemas import is_deletion


class Ground(StrEnum):
    """What a schema stands on."""

    OPENAPI = "OpenAPI"  # the provider's published documents describe the resource, and a test holds ours to them
    GUIDE = "guide"  # its guides show such a message
    OLDER = "older docs"  # its documentation before 2021
    OURS = "our assumption"  # nothing public says it


class Provenance(NamedTuple):
    """What a payload's schema stands on, and which document or why."""

    ground: Ground
    where: str


_DOCUMENTS = """
    account: accounts AccountResponse
    account-member: accounts AccountMemberResponse
    account-membership: accounts AccountMembershipResponse
    address: customer-addresses AddressResponse
    cart: cartsorders CartResponse
    catalog-release: catalog release
    catalog-rule: catalog rule
    currency: currencies Response.Currency
    customAPIEntryType: commerceextensions CustomApiEntryAttributes
    file: files File
    order: cartsorders OrderResponse
    payment-gateway: payments Response.Gateway
    stock-transaction: inventory Transaction
    subscription: subscriptions Subscription
    subscription-invoice: subscriptions SubscriptionInvoice
    subscription-job: subscriptions Job
    subscription-offering: subscriptions Offering
    subscription-plan: subscriptions Plan
    subscription-product: subscriptions Product
    subscription-schedule: subscriptions Schedule
    subscription-subscriber: subscriptions Subscriber
    transaction: cartsorders TransactionResponse
"""
_OTHERS: Mapping[str, Provenance] = MappingProxyType(
    {
        "brand": Provenance(Ground.OLDER, "the resource as it was documented then"),
        "category": Provenance(Ground.OLDER, "the resource as it was documented then"),
        "collection": Provenance(Ground.OLDER, "the resource as it was documented then"),
        "customer": Provenance(Ground.OLDER, "the resource as it was documented then"),
        "product": Provenance(Ground.OLDER, "the resource as it was documented then"),
        "integration": Provenance(Ground.OPENAPI, "integrations, Integration: the object as that API answers with it"),
        "one-time-password-token-request": Provenance(Ground.GUIDE, "its example: a flat payload, with no `data`"),
        "settings": Provenance(Ground.OURS, "the fields of the settings document, in the form of other resources"),
        "user-authentication-info": Provenance(Ground.OURS, "the fields of the authentication realm's users"),
    }
)
_DELETION = Provenance(Ground.OPENAPI, "integrations: a deletion is told by type and id alone")
_SOURCES: Mapping[Source, str] = MappingProxyType(
    {
        Source.CURRENT: "the provider's reference of integrations",
        Source.LEGACY: "the provider's command line and its older documentation only",
        Source.SUBSCRIPTIONS: "the provider's reference of subscriptions",
        Source.ACCEPTED: "documented nowhere; the provider's Terraform tests register it",
    }
)


def _documented(table: str) -> dict[str, Provenance]:
    lines = (line.strip().partition(": ") for line in table.strip().splitlines())
    return {
        resource: Provenance(Ground.OPENAPI, ", ".join(described.split(" ", 1))) for resource, _, described in lines
    }


RESOURCES: Mapping[str, Provenance] = MappingProxyType({**_documented(_DOCUMENTS), **_OTHERS})
"""By resource type; a Custom API's types are as `customAPIEntryType`."""


def payload_provenance(key: str) -> Provenance:
    """How we know what an event of this key carries."""
    if is_deletion(key):
        return _DELETION
    return RESOURCES.get(key.rpartition(".")[0], RESOURCES["customAPIEntryType"])


def key_provenance(key: str) -> str:
    """How we know that this key can be observed."""
    entry = CATALOG.get(key)
    return "the provider's document of commerce extensions" if entry is None else _SOURCES[entry.source]


def envelope_provenance(of_webhook: bool) -> str:
    """How we know what is around the payload."""
    if of_webhook:
        return "the provider's OpenAPI document of integrations and its examples"
    return (
        "the provider's OpenAPI document of integrations; `orgid`, `time` and `included` inside `data` are our "
        "assumption"
    )
