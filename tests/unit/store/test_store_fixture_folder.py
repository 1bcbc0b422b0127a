"""A user's own fixtures: laid over the shipped ones, and refused with file, line, key and the nearest right word."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from emulator.domain.errors import InvalidInput
from emulator.loading.fixture_folder import shipped_text
from emulator.runtime.fixtures import load_fixtures


def _written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_file_says_only_what_is_to_be_different(tmp_path: Path, make_world: Any) -> None:
    own = "resource: order\ndocument:\n  shipping_address:\n    country: GB\ncustom:\n  short_id: 'N{{number}}'\n"
    world = make_world(load_fixtures(_written(tmp_path, order=own)))
    payload = orjson.loads(world.trigger("order.created")[-1].payload)["data"]
    order = world.last("order")
    assert payload["shipping_address"]["country"] == "GB"
    assert payload["billing_address"]["country"] == "US"
    assert payload["shipping_address"]["city"] == payload["billing_address"]["city"]
    assert order.custom == {"short_id": "N1"}
    assert "short_id" not in payload


def test_a_list_takes_the_place_of_a_list(tmp_path: Path, make_world: Any) -> None:
    own = "resource: product\ndocument:\n  price:\n    - amount: 1\n      currency: EUR\n"
    world = make_world(load_fixtures(_written(tmp_path, product=own)))
    payload = orjson.loads(world.trigger("product.created")[-1].payload)["data"]
    assert payload["price"] == [{"amount": 1, "currency": "EUR"}]


def test_people_places_and_goods_may_be_drawn_anywhere(tmp_path: Path, make_world: Any) -> None:
    own = 'resource: product\ncustom:\n  buyer: "{{person.name}} of {{address.city}}"\n'
    world = make_world(load_fixtures(_written(tmp_path, product=own)))
    world.trigger("product.created")
    buyer = world.last("product").custom["buyer"]
    name, _, city = buyer.partition(" of ")
    assert " " in name
    assert city


def test_a_copy_of_a_shipped_file_changes_nothing(tmp_path: Path, make_world: Any) -> None:
    names = ("order", "customer", "cart", "transaction")
    copied = _written(tmp_path, **{name: shipped_text(name) for name in names})
    with_copies, without = make_world(load_fixtures(copied)), make_world(load_fixtures())
    assert [event.payload for event in with_copies.trigger("order.refunded")] == [
        event.payload for event in without.trigger("order.refunded")
    ]


def test_a_transaction_of_ones_own_is_spelled_as_the_setting_says(tmp_path: Path, make_world: Any) -> None:
    folder = _written(tmp_path, transaction="resource: transaction\ndocument:\n  status: done\n")
    world = make_world(load_fixtures(folder, transaction_type="transaction_type"))
    world.trigger("order.paid")
    document = world.last("transaction").document
    assert (document["status"], document["transaction_type"]) == ("done", "purchase")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("oder", "resource: oder\n", "there are no fixtures for 'oder'; did you mean 'order'?"),
        ("order", "resource: cart\n", "order.yaml:1: resource: write resource: order, as the file is called"),
        ("order", "resource: order\ndocument:\n  status: '{{stat}}'\n", "order.yaml:3: document.status: nothing fills"),
        ("order", "resource: order\ndocument:\n  id: 7\n", 'order.yaml:3: document.id: write id: "{{id}}"'),
        ("order", "resource: order\ndocument: 7\n", "order.yaml:2: document: this is a mapping"),
        ("order", "resource: order\nitems: {}\n", "order.yaml:2: items: unknown key 'items'; did you mean 'item'?"),
        ("order", "resource: order\ndocument: [\n", "this is not YAML"),
        ("customer", "resource: customer\nitem:\n  a: 1\n", "customer.yaml:2: item: a customer has no items"),
        ("order", "", "order.yaml:1: a fixture is a mapping with the keys resource and document"),
    ],
)
def test_a_faulty_file_is_refused_with_a_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_fixtures(_written(tmp_path, **{name: text}))
    assert sentence in str(caught.value)
    assert str(tmp_path / f"{name}.yaml") in str(caught.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_fixtures(tmp_path)


def test_two_files_for_one_resource_are_refused(tmp_path: Path) -> None:
    _written(tmp_path, order="resource: order\ncustom: {a: 1}\n")
    (tmp_path / "order.yml").write_text("resource: order\ncustom: {a: 2}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="another file for 'order'"):
        load_fixtures(tmp_path)


def test_a_missing_directory_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="fixtures copy order"):
        load_fixtures(tmp_path / "none")
