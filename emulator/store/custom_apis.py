"""Custom APIs: what a store adds to the API, each with a type of its own. Only their entries are heard of."""

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.resource import Resource
from emulator.store.check import filled, flag, text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "custom-api"
_ALL = 10_000


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """Of the `api_type` that is asked for, which ends in `_ext` and is nobody else's."""
    kind = attributes.get("api_type", f"list{name.number}_ext")
    if not isinstance(kind, str) or not kind.endswith("_ext") or len(kind) == len("_ext"):
        raise InvalidInput("the api_type of a custom-api ends in _ext, as in wishlist_ext", path=("api_type",))
    if any(one.document.get("api_type") == kind for one in work.shelves.page(TYPE, limit=_ALL)[0]):
        raise IllegalCommand(f"there is a Custom API of the type {kind} already")
    return Draft(values={"api_type": kind, "label": kind.removesuffix("_ext").replace("_", " ").capitalize()})


def _drifted(_work: Work, _api: Resource, turn: int) -> Draft:
    return Draft(attributes={"description": f"Edition {turn + 1}"})


GROUP = Plain(
    type=TYPE,
    form=form(TYPE, document_type="custom_api", places=frozenset({"api_type", "label"})),
    fields={"name": filled, "description": text, "slug": filled, "allow_upserts": flag},
    ignored=frozenset({"api_type"}),
    made=_made,
    drifted=_drifted,
    raises=(),
).group()
