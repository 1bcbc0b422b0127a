"""Settings: those of the store, one set of them."""

from emulator.core.fixture import Form
from emulator.domain.resource import Resource
from emulator.store.check import flag, one_of, texts, whole
from emulator.store.draft import Draft, Values
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

_LIMITS = (
    *("currency_limit", "field_limit", "integration_limit", "event_limit", "filter_limit", "tax_item_limit"),
    *("promotions_limit", "promotion_codes_limit", "page_offset_limit"),
)


def _made(_work: Work, _name: Name, _attributes: Values) -> Draft:
    return Draft()


def _drifted(_work: Work, settings: Resource, _turn: int) -> Draft:
    """Lists answer with more on a page, up to a hundred."""
    return Draft(attributes={"page_length": settings.document.get("page_length", 25) % 100 + 5})


GROUP = Plain(
    type="settings",
    form=Form(name="settings", type="settings", fixed={"type": "settings"}),
    fields={
        "page_length": whole,
        "list_child_products": flag,
        "additional_languages": texts,
        "calculation_method": one_of(("line", "simple")),
        "address_mandatory_fields": texts,
    },
    ignored=frozenset(_LIMITS),
    made=_made,
    drifted=_drifted,
    raises=("created", "updated"),
    house=1,
    days=(700, 701),
).group()
