"""What can be observed, and ids that follow from the seed."""

from uuid import UUID

import pytest

from emulator.domain.catalog import CATALOG, Source, is_observable, scopes_of
from emulator.domain.identity import derived_id
from emulator.domain.integration import Scope


def test_the_catalog_has_every_key_of_the_provider() -> None:
    assert len(CATALOG) == 92
    assert all(entry.key == key and entry.scopes for key, entry in CATALOG.items())
    assert {key for key, entry in CATALOG.items() if Scope.ORGANIZATION in entry.scopes} == {
        f"{resource}.{verb}"
        for resource in ("integration", "catalog-release")
        for verb in ("created", "updated", "deleted")
    }
    assert [key for key, entry in CATALOG.items() if entry.source is Source.ACCEPTED] == ["order.deleted"]


@pytest.mark.parametrize(
    ("key", "observable"),
    [
        ("order.paid", True),
        ("subscription.pending_cancel", True),
        ("wishlist_ext.created", True),
        ("wishlist_ext.deleted", True),
        ("cart.created", False),
        ("wishlist.created", False),
        ("wishlist_ext.paid", False),
        ("_ext.created", False),
        ("a.b_ext.created", False),
        ("order.*", False),
        ("", False),
    ],
)
def test_only_known_keys_and_those_of_custom_apis_can_be_observed(key: str, observable: bool) -> None:
    assert is_observable(key) is observable


def test_scopes_fall_back_to_the_store() -> None:
    assert scopes_of("wishlist_ext.created") == {Scope.STORE}
    assert scopes_of("integration.created") == {Scope.STORE, Scope.ORGANIZATION}


def test_a_derived_id_looks_like_a_random_one_and_never_changes() -> None:
    id = derived_id(42, "order", "order:1")
    assert id == "91d47bf4-37a9-41bc-8795-434d6707eb60"
    assert UUID(id).version == 4


def test_derived_ids_differ_in_every_argument() -> None:
    ids = {
        derived_id(42, "order", "order:1"),
        derived_id(43, "order", "order:1"),
        derived_id(-42, "order", "order:1"),
        derived_id(42, "cart", "order:1"),
        derived_id(42, "order", "order:2"),
        derived_id(42, "order", "order:1", 1),
        derived_id(42, "order", "order", ":1"),
        derived_id(10**80, "order", "order:1"),
    }
    assert len(ids) == 8
