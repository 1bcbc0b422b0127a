"""What the shop raises, held against the provider's published OpenAPI documents, where they are at hand.

They are looked for beside the checkout, in `../shared/reference`, or where EPCC_OPENAPI_DOCUMENTS says.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
import pytest
import yaml
from openapi_schema_validator import OAS30Validator, OAS31Validator

from emulator.core.fixture import Fixtures
from emulator.domain.event import Event
from emulator.harness.contracts.provenance import RESOURCES, Ground
from emulator.store.samples import samples

DOCUMENTS = Path(os.environ.get("EPCC_OPENAPI_DOCUMENTS") or Path(__file__).parents[3].parent / "shared" / "reference")
pytestmark = pytest.mark.skipif(
    not (DOCUMENTS / "cartsorders.openapi.yaml").is_file(),
    reason="the provider's OpenAPI documents are not here; EPCC_OPENAPI_DOCUMENTS says where they are",
)


class Place(NamedTuple):
    """Where a document describes a resource, and what of it does not hold for its messages: JSON path, why."""

    document: str
    schema: str
    but: Mapping[str, str] = MappingProxyType({})


PLACES: Mapping[str, Place] = {
    "address": Place("customer-addresses", "AddressResponse"),
    "cart": Place(
        "cartsorders",
        "CartResponse",
        MappingProxyType(
            {
                "$.relationships.items.data": "a cart has several items, and clients read a list",
                "$.relationships.customers.data": "the same document has a list where it is written",
            }
        ),
    ),
    "account": Place("accounts", "AccountResponse"),
    "account-member": Place("accounts", "AccountMemberResponse"),
    "account-membership": Place("accounts", "AccountMembershipResponse"),
    "catalog-release": Place("catalog", "release"),
    "catalog-rule": Place("catalog", "rule"),
    "currency": Place("currencies", "Response.Currency"),
    "file": Place("files", "File"),
    "order": Place("cartsorders", "OrderResponse"),
    "payment-gateway": Place("payments", "Response.Gateway"),
    "stock-transaction": Place("inventory", "Transaction"),
    "subscription": Place("subscriptions", "Subscription"),
    "subscription-invoice": Place("subscriptions", "SubscriptionInvoice"),
    "subscription-job": Place("subscriptions", "Job"),
    "subscription-offering": Place("subscriptions", "Offering"),
    "subscription-plan": Place("subscriptions", "Plan"),
    "subscription-product": Place("subscriptions", "Product"),
    "subscription-schedule": Place("subscriptions", "Schedule"),
    "subscription-subscriber": Place("subscriptions", "Subscriber"),
    "wishlist_ext": Place("commerceextensions", "CustomApiEntryAttributes"),
    "transaction": Place("cartsorders", "TransactionResponse"),
}


@lru_cache
def _validator(name: str, schema: str) -> Any:
    text = (DOCUMENTS / f"{name}.openapi.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    kind = OAS30Validator if document["openapi"].startswith("3.0") else OAS31Validator
    return kind({"$ref": f"#/components/schemas/{schema}", "components": document["components"]})


def _faults(place: Place, data: Any) -> Iterator[str]:
    for error in _validator(place.document, place.schema).iter_errors(data):
        if not any(error.json_path.startswith(path) for path in place.but):
            yield f"{re.sub(r'[0-9]+', 'n', error.json_path)}: {error.validator} {str(error.validator_value)[:100]}"


@pytest.fixture(scope="module")
def raised(shipped: Fixtures) -> dict[str, list[Event]]:
    by_type: dict[str, list[Event]] = {"wishlist_ext": []}
    for event in samples(shipped):
        if event.resource_type == "customAPIEntryType":
            by_type["wishlist_ext"].append(event)
        by_type.setdefault(event.resource_type, []).append(event)
    return by_type


@pytest.mark.parametrize("type", sorted(PLACES))
def test_payloads_are_as_the_provider_describes_them(raised: dict[str, list[Event]], type: str) -> None:
    faults: dict[str, str] = {}
    for event in raised[type]:
        if not event.deletion:
            data = orjson.loads(event.payload)["data"]
            faults |= dict.fromkeys(_faults(PLACES[type], data), event.identity)
    assert faults == {}


@pytest.mark.parametrize("type", sorted(type for type, place in PLACES.items() if place.but))
def test_every_exception_is_needed(raised: dict[str, list[Event]], type: str) -> None:
    place = PLACES[type]
    met = {
        path
        for event in raised[type]
        if not event.deletion
        for error in _validator(place.document, place.schema).iter_errors(orjson.loads(event.payload)["data"])
        for path in place.but
        if error.json_path.startswith(path)
    }
    assert met == set(place.but)


def test_contracts_name_the_document_that_a_payload_is_held_against() -> None:
    held = {type: f"{place.document}, {place.schema}" for type, place in PLACES.items()}
    held["customAPIEntryType"] = held.pop("wishlist_ext")
    said = {type: known.where for type, known in RESOURCES.items() if known.ground is Ground.OPENAPI}
    assert said.pop("integration").startswith("integrations, Integration")  # what its own API answers with
    assert said == held
