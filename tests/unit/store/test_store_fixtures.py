"""Fixture files: what is wrong in them is said with file, line, key and the nearest right word."""

from importlib.resources import files
from typing import Any

import pytest

from emulator.core.fixture import Fixtures
from emulator.core.template import Template
from emulator.domain.errors import InvalidInput
from emulator.loading.fixtures import parse_fixture
from emulator.store.kinds import KINDS


def test_there_is_a_fixture_for_every_resource(shipped: Fixtures) -> None:
    for resource, form in KINDS.forms.items():
        assert shipped[resource].resource == resource
        assert (shipped[resource].item is not None) == (form.item_places is not None)


@pytest.mark.parametrize(
    ("document", "rendered"),
    [
        ("{{n}}", 3),
        ("{{ n }} of {{n}}", "3 of 3"),
        ({"a": {"b": "{{n}}"}, "c": 1}, {"a": {"b": 3}, "c": 1}),
        (["x", "{{n}}", {"y": "-{{n}}-"}], ["x", 3, {"y": "-3-"}]),
        ({"a": []}, {"a": []}),
        (None, None),
        ("{n}", "{n}"),
    ],
)
def test_a_template_fills_placeholders(document: Any, rendered: Any) -> None:
    assert Template.compile(document).render({"n": 3}) == rendered


def test_a_template_knows_its_names_and_keeps_the_order_of_keys() -> None:
    template = Template.compile({"z": "{{b}}", "a": "{{a}}", "m": 1})
    assert template.names == {"a", "b"}
    assert list(template.render({"a": 1, "b": 2})) == ["z", "a", "m"]


def _shipped_text(resource: str) -> str:
    return files("emulator.fixtures").joinpath(f"{resource}.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("resource", "old", "new", "sentence"),
    [
        (
            "order",
            "{{person.last_name}}",
            "{{person.lastname}}",
            (
                "order.yaml:17: document.shipping_address.last_name: nothing fills '{{person.lastname}}' here;"
                " did you mean 'person.last_name'?"
            ),
        ),
        ("order", "resource: order", "resource: oder", "resource: write resource: order, as the file is called"),
        ("order", "\nitem:", "\nitems:", "unknown key 'items'; did you mean 'item'?"),
        ("order", 'id: "{{id}}"', "id: 1", 'document.id: write id: "{{id}}"'),
        ("order", "type: order\n", "type: orders\n", "document.type: write type: order"),
        ("cart", "updated_at:", "changed_at:", "document.meta.timestamps.updated_at: write updated_at"),
        ("cart", '"{{quantity}}"', "1", 'item.quantity: write quantity: "{{quantity}}"'),
        ("order", "product_id:", "product:", 'item.product_id: write product_id: "{{product.id}}"'),
        ("cart", "{{name}}", "{{name", "has a placeholder that never ends"),
        ("customer", "document:", "docment:", "unknown key 'docment'; did you mean 'document'?"),
        ("customer", "password: true", "type: customer", "'type' stands here twice"),
        ("customer", "document:", "document: [", "this is not YAML"),
        ("customer", "resource: customer", "resource: customer\nitem: {}", "a customer has no items"),
        ("customer", "resource: customer", "- 1", "customer.yaml:4:1: this is not YAML"),
    ],
)
def test_a_faulty_fixture_is_refused_with_a_sentence(resource: str, old: str, new: str, sentence: str) -> None:
    text = _shipped_text(resource)
    assert old in text
    with pytest.raises(InvalidInput) as caught:
        parse_fixture(text.replace(old, new, 1), f"{resource}.yaml", KINDS.forms[resource])
    assert sentence in str(caught.value)
    assert f"{resource}.yaml:" in str(caught.value)


@pytest.mark.parametrize("text", ["", "just a text", "- a\n- list"])
def test_a_fixture_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="a fixture is a mapping"):
        parse_fixture(text, "order.yaml", KINDS.forms["order"])


def test_custom_fields_of_a_fixture_are_read_but_absent_from_messages(shipped: Fixtures, make_world: Any) -> None:
    text = _shipped_text("order") + '\ncustom:\n  short_id: "N{{number}}"\n'
    own = Fixtures({**shipped.by_resource, "order": parse_fixture(text, "order.yaml", KINDS.forms["order"])})
    world = make_world(own)
    event = world.trigger("order.created")[-1]
    assert "short_id" not in event.payload
    assert world.last("order").custom == {"short_id": "N1"}
