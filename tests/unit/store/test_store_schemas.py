"""The JSON Schemas that come with the package: what the code makes, and what its messages are held against."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.cli.schemas import FOLDER, schemas
from emulator.core.inference import Observed
from emulator.domain.errors import UnknownWord
from emulator.loading.schemas import Envelope, message_schema

WRITTEN = {"webhook.json", "queue.json", "deletion.json"}  # by hand
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def test_the_files_are_what_the_shop_raises() -> None:
    made = schemas()
    assert {path.name for path in FOLDER.glob("*.json")} - WRITTEN == set(made), "write them anew: make docs"
    for name, text in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: write it anew: make docs"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_file_is_a_schema(path: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_a_schema_says_what_an_event_carries_and_in_what() -> None:
    bare = message_schema("order.paid")
    assert bare["properties"]["data"]["properties"]["payment"]["enum"] == sorted(
        ["unpaid", "partially_authorized", "authorized", "partially_paid", "paid", "refunded"]
    )
    body = message_schema("order.paid", Envelope.WEBHOOK)
    assert body["properties"]["triggered_by"] == {"const": "order.paid"}
    assert body["properties"]["payload"]["required"] == bare["required"]
    message = message_schema("order.paid", Envelope.QUEUE)
    assert "included" in message["properties"]["data"]["properties"]
    assert "status" in message["properties"]["data"]["required"]
    gone = message_schema("order.deleted", Envelope.WEBHOOK)
    assert gone["properties"]["resources"] == gone["properties"]["payload"]
    entry = message_schema("wishlist_ext.created")["properties"]["data"]["properties"]["type"]
    assert entry == {"type": "string", "enum": ["wishlist_ext"]}
    with pytest.raises(UnknownWord, match=r"did you mean 'order\.paid'"):
        message_schema("order.payd")


@settings(max_examples=30, deadline=None)
@given(documents=st.lists(_JSON, min_size=1, max_size=6))
def test_what_was_seen_fits_what_is_inferred(documents: list[Any]) -> None:
    observed = Observed([frozenset({"a", "b"})])
    for document in documents:
        observed.see(document)
    schema = observed.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for document in documents:
        jsonschema.validate(document, schema)


def test_an_object_whose_keys_are_codes_is_a_map() -> None:
    observed = Observed()
    for prices in ({"USD": {"amount": 1}}, {"EUR": {"amount": 2}, "JPY": {"amount": 3}}, {}):
        observed.see({"price": prices})
    price = observed.schema()["properties"]["price"]
    assert "properties" not in price
    assert price["additionalProperties"]["properties"] == {"amount": {"type": "integer"}}


@pytest.mark.parametrize(
    "documents", [[{"name": None}, {"USD": None}], [{"name": 1, "USD": 1}, {"USD": "text"}], [{"USD": 1}, {"name": 1}]]
)
def test_an_object_of_codes_among_others_is_no_map(documents: list[Any]) -> None:
    observed = Observed()
    for document in documents:
        observed.see(document)
    schema = observed.schema()
    assert "additionalProperties" not in schema
    for document in documents:
        jsonschema.validate(document, schema)


def test_fields_words_and_formats_are_inferred() -> None:
    observed = Observed([frozenset({"open", "closed"})])
    for number, state in enumerate(("open", "open")):
        observed.see({"state": state, "n": number, "at": "2026-01-01T00:00:00Z", **({"odd": None} if number else {})})
    assert observed.schema() == {
        "type": "object",
        "properties": {
            "state": {"type": "string", "enum": ["closed", "open"]},
            "n": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "odd": {"type": "null"},
        },
        "required": ["state", "n", "at"],
    }
