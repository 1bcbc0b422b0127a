"""Form of a fixture: what the shop depends on in most of them."""

from emulator.core.fixture import Form
from emulator.store.stamps import stamps_of

_ITEM_FIXED = {
    **{name: f"{{{{{name}}}}}" for name in ("id", "quantity", "unit_price", "value")},
    "product_id": "{{product.id}}",
    "meta.timestamps.updated_at": "{{updated_at}}",
}


def form(
    type: str,
    *,
    name: str | None = None,
    document_type: str | None = None,
    places: frozenset[str] = frozenset(),
    item_places: frozenset[str] | None = None,
    inside: str | None = None,
) -> Form:
    """A resource's form: id, type and the time of the last change are the shop's.

    `type` is the one that its events begin with, `document_type` the one in the document where that is another, `name`
    the fixture's where it is not the type. `inside` is the part of the document that holds the fields.
    """
    shown = document_type or type
    changed = {".".join(path): "{{updated_at}}" for path in stamps_of(type).updated}
    return Form(
        name=name or type,
        type=shown,
        places=places,
        item_places=item_places,
        fixed={"type": shown, "id": "{{id}}", **changed},
        item_fixed=None if item_places is None else _ITEM_FIXED,
        inside=inside,
    )


def flat_form(type: str, *, places: frozenset[str]) -> Form:
    """The form of a resource whose messages are flat, with neither type nor id."""
    return Form(name=type, type=None, places=places, fixed={}, flat=True)
