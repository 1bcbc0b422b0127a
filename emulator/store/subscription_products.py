"""Subscription products: what is delivered again and again."""

from emulator.domain.resource import Resource
from emulator.store.check import filled, text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.money import formatted
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "subscription-product"
CURRENCY = "USD"


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    amount = (work.pool.draw(name.key, "price", 40) + 5) * 100
    price = formatted(amount, CURRENCY)
    values = {"amount": amount, "currency": CURRENCY, "display_price": {"without_tax": price, "with_tax": price}}
    return Draft(values=values, hidden={"amount": amount})


def _drifted(_work: Work, product: Resource, turn: int) -> Draft:
    return Draft(attributes={"description": f"Packed anew, edition {turn + 1}"})


GROUP = Plain(
    type=TYPE,
    form=form(
        TYPE,
        document_type="subscription_product",
        places=frozenset({"amount", "currency", "display_price"}),
        inside="attributes",
    ),
    fields={"name": filled, "description": text, "sku": text, "external_ref": text, "main_image": text},
    made=_made,
    drifted=_drifted,
    house=3,
    days=(300, 400),
).group()
