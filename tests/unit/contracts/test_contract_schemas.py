"""The JSON Schemas that are exported: one for each message, whole, valid, and open to fields that come later."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from emulator.domain.catalog import CATALOG
from emulator.domain.event import INCLUDES_ELIDED
from emulator.harness.contracts.folder import ASYNCAPI
from emulator.harness.contracts.provenance import RESOURCES, Ground

FORMS = ("webhook", "sqs", "stomp")
QUEUES = FORMS[1:]


@pytest.fixture(scope="session")
def schemas(exported: dict[Path, Any]) -> dict[Path, Any]:
    return {path: schema for path, schema in exported.items() if path != ASYNCAPI}


def faults(schema: Any, document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def of(schemas: dict[Path, Any], form: str, key: str) -> Any:
    return schemas[Path(form) / f"{key}.schema.json"]


def test_every_key_has_a_schema_for_each_transport(schemas: dict[Path, Any]) -> None:
    assert {str(path) for path in schemas} == {f"{form}/{key}.schema.json" for form in FORMS for key in CATALOG}


def test_each_is_a_schema_whose_examples_it_describes(schemas: dict[Path, Any]) -> None:
    for path, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$schema"].endswith("2020-12/schema")
        assert schema["examples"]
        for example in schema["examples"]:
            assert faults(schema, example) == [], path


def test_each_takes_what_later_versions_may_add(schemas: dict[Path, Any]) -> None:
    """Fields that nobody knows yet, in every object but those whose keys are codes."""
    for path, schema in schemas.items():
        for example in schema["examples"]:
            assert faults(schema, grown(example)) == [], path


def grown(value: Any) -> Any:
    if isinstance(value, list):
        return [grown(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    inner = {name: grown(entry) for name, entry in value.items()}
    coded = bool(value) and all(name.isupper() for name in value)
    return inner if coded else {**inner, "emulator_new": {"any": ["thing"]}}


@pytest.mark.parametrize(
    ("form", "where", "value"),
    [
        ("webhook", ("triggered_by",), "order.created"),
        ("webhook", ("attempt",), 0),
        ("webhook", ("resources",), {"data": {}}),
        ("webhook", ("payload", "data", "payment"), "perhaps"),
        ("webhook", ("configuration",), {"url": "https://receiver.example/hook"}),
        ("sqs", ("type",), "order.created"),
        ("sqs", ("data", "included"), {"meta": {"includes_elided": False}}),
        ("stomp", ("data", "included"), dict(INCLUDES_ELIDED)),
        ("stomp", ("specversion",), "0.3"),
    ],
)
def test_what_is_otherwise_is_refused(schemas: dict[Path, Any], form: str, where: tuple[str, ...], value: Any) -> None:
    schema = of(schemas, form, "order.paid")
    document = deepcopy(schema["examples"][0])
    *way, last = where
    place = document
    for name in way:
        place = place[name]
    place[last] = value
    assert faults(schema, document)


def test_a_webhook_has_its_payload_twice_once_as_a_text(schemas: dict[Path, Any]) -> None:
    resources = of(schemas, "webhook", "order.paid")["properties"]["resources"]
    assert (resources["type"], resources["contentMediaType"]) == ("string", "application/json")
    assert resources["contentSchema"] == {"$ref": "#/properties/payload"}


@pytest.mark.parametrize("key", [key for key in CATALOG if key.endswith(".deleted")])
def test_a_deletion_is_told_as_an_object(schemas: dict[Path, Any], key: str) -> None:
    schema = of(schemas, "webhook", key)
    [example, *_] = schema["examples"]
    assert example["resources"] == example["payload"]
    assert faults(schema, {**example, "resources": "a text"})
    for form in QUEUES:
        told = of(schemas, form, key)
        assert set(told["examples"][0]["data"]) == {"id", "type"}
        assert faults(told, {**told["examples"][0], "data": {"data": example["payload"]}})


@pytest.mark.parametrize("form", FORMS)
def test_a_one_time_password_is_flat(schemas: dict[Path, Any], form: str) -> None:
    [example] = of(schemas, form, "one-time-password-token-request.created")["examples"]
    payload = example["payload" if form == "webhook" else "data"]
    assert "data" not in payload
    assert payload["one_time_password_token"]


def test_what_is_included_may_be_missing_on_sqs_alone(schemas: dict[Path, Any]) -> None:
    told = {
        form: [
            example for example in of(schemas, form, "cart.updated")["examples"] if "includes_elided" in str(example)
        ]
        for form in FORMS
    }
    [elided] = told.pop("sqs")
    assert elided["data"]["included"] == INCLUDES_ELIDED
    assert told == {"webhook": [], "stomp": []}


@pytest.mark.parametrize("form", FORMS)
def test_an_organization_is_told_of_no_store(schemas: dict[Path, Any], form: str) -> None:
    name = "store_id" if form == "webhook" else "storeid"
    examples = of(schemas, form, "catalog-release.updated")["examples"]
    assert [name in example for example in examples] == [True, False]


def test_each_says_how_we_know_and_what_is_promised(schemas: dict[Path, Any]) -> None:
    for path, schema in schemas.items():
        assert set(schema["x-sources"]) == {"key", "payload", "envelope"}
        assert schema["x-sources"]["payload"].split(":")[0] in set(Ground), path
        for promise in ("At least once", "Out of order", "30 minutes"):
            assert promise in schema["description"]


def test_every_resource_has_a_source_and_every_source_a_resource() -> None:
    assert set(RESOURCES) == {key.rpartition(".")[0] for key in CATALOG}
