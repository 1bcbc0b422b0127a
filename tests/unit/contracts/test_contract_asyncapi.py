"""The AsyncAPI document: held against the official schema of AsyncAPI 3.0, and hanging together."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from emulator.domain.catalog import CATALOG
from emulator.harness.contracts.asyncapi import asyncapi_document
from emulator.harness.contracts.folder import ASYNCAPI
from emulator.harness.contracts.message import contract_messages
from emulator.runtime.fixtures import load_fixtures

OFFICIAL = Path(__file__).parents[2] / "schemas" / "asyncapi-3.0.0.json"
CHANNELS = ("webhook", "sqs", "stomp")


@pytest.fixture(scope="session")
def document(exported: dict[Path, Any]) -> Any:
    return exported[ASYNCAPI]


@pytest.fixture(scope="session")
def official() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))


@pytest.fixture
def small() -> Any:
    """Of one key, to be broken."""
    return asyncapi_document(list(contract_messages(load_fixtures(), ["order.paid"])))


def test_it_is_valid_by_the_official_schema(document: Any, official: jsonschema.Draft7Validator) -> None:
    assert [f"{error.json_path}: {error.message[:200]}" for error in official.iter_errors(document)] == []


@pytest.mark.parametrize(
    "broken",
    [
        lambda document: document.pop("info"),
        lambda document: document["operations"]["deliver-by-sqs"].update(action="publish"),
        lambda document: document["channels"]["stomp"].update(nonsense=1),
        lambda document: document["components"]["messages"]["webhook.order.paid"].update(payload=3),
        lambda document: document["components"]["securitySchemes"]["secret"].pop("name"),
    ],
)
def test_the_official_schema_sees_what_is_broken(small: Any, official: jsonschema.Draft7Validator, broken: Any) -> None:
    assert official.is_valid(small)
    broken(small)
    assert not official.is_valid(small)


def test_every_reference_leads_somewhere(document: Any) -> None:
    found = list(references(document))
    assert len(found) > len(CATALOG)
    for reference in found:
        assert resolved(document, reference) is not None


def test_every_channel_carries_every_key_and_every_operation_sends_it(document: Any) -> None:
    assert set(document["channels"]) == set(CHANNELS)
    for name, channel in document["channels"].items():
        assert list(channel["messages"]) == list(CATALOG)
        operation = document["operations"][f"deliver-by-{name}"]
        assert operation["action"] == "send"
        assert [reference["$ref"] for reference in operation["messages"]] == [
            f"#/channels/{name}/messages/{key}" for key in CATALOG
        ]


def test_every_component_is_used(document: Any) -> None:
    used = set(references(document))
    for kind, components in document["components"].items():
        assert {f"#/components/{kind}/{name}" for name in components} <= used


def test_examples_are_what_their_message_says(document: Any) -> None:
    for name, message in document["components"]["messages"].items():
        assert message["examples"]
        for example in message["examples"]:
            assert faults(document, message["payload"], example["payload"]) == [], name
            if "headers" in message:
                assert faults(document, message["headers"], example["headers"]) == [], name


def test_a_message_of_another_key_is_refused(document: Any) -> None:
    messages = document["components"]["messages"]
    for channel in CHANNELS:
        other = messages[f"{channel}.order.created"]["examples"][0]["payload"]
        assert faults(document, messages[f"{channel}.order.paid"]["payload"], other)


def test_the_secret_is_a_header_of_webhooks(document: Any) -> None:
    assert document["components"]["securitySchemes"]["secret"]["name"] == "X-MOLTIN-SECRET-KEY"
    secured = [name for name, operation in document["operations"].items() if "security" in operation]
    assert secured == ["deliver-by-webhook"]
    for key in CATALOG:
        headers = document["components"]["messages"][f"webhook.{key}"]["examples"][0]["headers"]
        assert headers["X-MOLTIN-SECRET-KEY"]
        assert headers["X-MOLTIN-INTEGRATION-TRIGGER"] == key


def test_it_says_what_is_promised_and_how_we_know(document: Any) -> None:
    for promise in ("At least once", "Out of order", "up to 30 minutes", "compatibility promise"):
        assert promise in document["info"]["description"]
    for message in document["components"]["messages"].values():
        assert set(message["x-sources"]) == {"key", "payload", "envelope"}


def faults(document: Any, schema: Any, value: Any) -> list[str]:
    whole = {**schema, "components": document["components"]}
    return [f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(whole).iter_errors(value)]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from references(entry)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for entry in value.values():
            yield from references(entry)


def resolved(document: Any, reference: str) -> Any:
    place = document
    for word in reference.removeprefix("#/").split("/"):
        place = place[word]
    return place
