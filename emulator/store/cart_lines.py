"""Lines of a cart: made of what a shopper asks for, and put to those that are there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.domain.errors import InvalidInput, NotFound, UnknownWord
from emulator.domain.identity import derived_id
from emulator.domain.resource import Resource
from emulator.store.contents import PROMOTION, Item
from emulator.store.money import plain
from emulator.store.prices import line_prices, worth
from emulator.store.products import price_of
from emulator.store.promotions import promotion_of
from emulator.store.stamps import timestamp
from emulator.store.tender import tender
from emulator.store.work import Work

ITEM_PLACES = frozenset(
    {
        *("id", "base_url", "created_at", "updated_at", "quantity", "unit_price", "value", "currency", "display_price"),
        *("product.id", "product.name", "product.sku", "product.slug", "product.description", "manage_stock"),
    }
)
"""What the shop fills in one line of a cart; an order's line knows the cart's besides."""

MOST_ITEMS = 100
_MOST = 1_000_000
_LONGEST_INPUT = 255
_STRIDE = 100
_KINDS = ("cart_item", "custom_item", PROMOTION, "order_items", "cart_items")

Entry = Mapping[str, Any]
"""What a shopper asks for, in the words of the provider's document of carts: a product, a custom item, a promotion's
code, or all that lay in another cart or an order."""


class Basket:
    """The items of one cart while they change; `count` is how many lines it has ever had."""

    def __init__(self, work: Work, cart: Resource) -> None:
        self._work = work
        self._cart = cart
        self._now = timestamp("cart", work.moment_of(cart))
        self._currency = tender(work, cart.hidden["currency"])
        self.items: list[Item] = list(cart.hidden["items"])
        self.count = int(cart.hidden["lines"])

    def add(self, entry: Entry) -> None:
        """Raises InvalidInput, NotFound or UnknownWord."""
        kind = entry.get("type", "cart_item")
        if kind == "cart_item":
            self.add_product(_product(self._work, entry), quantity_of(entry, least=1), _inputs(entry))
        elif kind == "custom_item":
            self._add_custom(entry)
        elif kind == PROMOTION:
            self._add_promotion(_text(entry, "code"))
        elif kind in ("order_items", "cart_items"):
            for each in _lain(self._work, entry, kind):
                self.add(each)
        else:
            raise UnknownWord("kind of item", str(kind), _KINDS)
        if len(self.items) > MOST_ITEMS:
            raise InvalidInput(f"a cart has at most {MOST_ITEMS} different items")

    def add_product(self, product: Resource, quantity: int, inputs: Mapping[str, Any] | None = None) -> None:
        """So many more of a product: on its line when it has one with the same inputs, else on a new line."""
        for index, item in enumerate(self.items):
            if item.get("product_id") == product.id and item.get("custom_inputs") == inputs:
                self.requantify(index, item["quantity"] + quantity)
                return
        unit, _ = price_of(product)
        document = product.document
        values = {
            "product.id": product.id,
            "manage_stock": document.get("manage_stock", False),
            **{f"product.{field}": document.get(field, "") for field in ("name", "sku", "slug", "description")},
        }
        line = self._line(values, unit, quantity)
        self.items.append({**line, "custom_inputs": inputs} if inputs else line)

    def requantify(self, index: int, quantity: int) -> None:
        """Another number of what is on this line."""
        item = self.items[index]
        if quantity > _MOST:
            raise InvalidInput(f"a quantity is a whole number from 1 to {_MOST}", path=("quantity",))
        unit = item["unit_price"]
        stamps = {**item["meta"]["timestamps"], "updated_at": self._now}
        self.items[index] = {
            **item,
            "quantity": quantity,
            "value": {**unit, "amount": unit["amount"] * quantity},
            "meta": {**item["meta"], "timestamps": stamps},
        }

    def update(self, entry: Entry, default: int = 0) -> None:
        """The line of this `item` (the first without) gets a `quantity` (one more without) and `custom_inputs`; none of
        it takes it out."""
        index = line_of(self.items, entry, default)
        item = self.items[index]
        if item["type"] == PROMOTION:
            raise InvalidInput("a promotion has no quantity; take it out and put it in again", path=("id",))
        inputs = _inputs(entry)
        quantity = quantity_of(entry, least=0, default=item["quantity"] + (inputs is None))
        if not quantity:
            del self.items[index]
            return
        self.requantify(index, quantity)
        if inputs is not None:
            self.items[index] = {**self.items[index], "custom_inputs": inputs}

    def _add_custom(self, entry: Entry) -> None:
        """One of the shopper's own; those with the same SKU share a line (the provider's best practices)."""
        name, sku, quantity = _text(entry, "name"), entry.get("sku", ""), quantity_of(entry, least=1)
        price = entry.get("price")
        amount = price.get("amount") if isinstance(price, Mapping) else None
        if not isinstance(price, Mapping) or not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
            raise InvalidInput('a price is {"amount": <minor units>}, not negative', path=("price",))
        for index, item in enumerate(self.items):
            if sku and item["type"] == "custom_item" and item["sku"] == sku:
                self.requantify(index, item["quantity"] + quantity)
                return
        includes_tax = price.get("includes_tax", True) is not False
        line = self._own("custom_item", name, str(sku), str(entry.get("description", "")))
        self.items.append(self._priced(line, amount, quantity, includes_tax))

    def _add_promotion(self, code: str) -> None:
        promotion = promotion_of(code)
        settings = self._cart.document.get("discount_settings")
        if isinstance(settings, Mapping) and settings.get("custom_discounts_enabled"):
            raise InvalidInput("a cart with custom discounts takes no promotions", path=("code",))
        if any(item["type"] == PROMOTION and item["sku"] == code for item in self.items):
            raise InvalidInput(f"the code {code} is in the cart already", path=("code",))
        line = self._own(PROMOTION, promotion.name, code, promotion.description)
        self.items.append({**line, "promotion_id": derived_id(self._work.seed, "promotion", code)})

    def _own(self, kind: str, name: str, sku: str, description: str) -> dict[str, Any]:
        """A line of what is no product."""
        values = {"product.id": "", "product.slug": "", "product.name": name, "product.sku": sku, "manage_stock": False}
        line = self._line({**values, "product.description": description}, 0, 1)
        return {**{field: value for field, value in line.items() if field != "product_id"}, "type": kind, "links": {}}

    def _line(self, values: Mapping[str, Any], unit: int, quantity: int) -> dict[str, Any]:
        self.count += 1
        filled = {
            **values,
            "id": derived_id(self._work.seed, "cart_item", self._cart.key, self.count),
            "quantity": quantity,
            "currency": self._currency.code,
            "unit_price": plain(unit, self._currency),
            "value": plain(unit * quantity, self._currency),
            "display_price": line_prices(worth(unit * quantity), quantity, self._currency),
        }
        return self._work.item("cart", filled, self._now)

    def _priced(self, line: dict[str, Any], unit: int, quantity: int, includes_tax: bool) -> dict[str, Any]:
        price = plain(unit, self._currency, includes_tax=includes_tax)
        return {**line, "quantity": quantity, "unit_price": price, "value": {**price, "amount": unit * quantity}}


def line_of(items: Sequence[Item], entry: Entry, default: int = -1) -> int:
    """The place of the item that `item` or `id` (its id) or `code` (a promotion's) names. Raises NotFound."""
    wanted, code = entry.get("item", entry.get("id")), entry.get("code")
    if wanted is None and code is None:
        return default % len(items)
    for index, item in enumerate(items):
        if item["id"] == wanted or (item["type"] == PROMOTION and item["sku"] == code):
            return index
    raise NotFound(f"the cart has no item '{wanted if code is None else code}'")


def quantity_of(entry: Entry, *, least: int, default: int = 1) -> int:
    """Raises InvalidInput for anything but a whole number from `least` on."""
    quantity = entry.get("quantity", default)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not least <= quantity <= _MOST:
        raise InvalidInput(f"a quantity is a whole number from {least} to {_MOST}", path=("quantity",))
    return quantity


def _product(work: Work, entry: Entry) -> Resource:
    id, sku = entry.get("id"), entry.get("sku")
    if isinstance(id, str):
        return work.find("product", id)
    if not isinstance(sku, str):
        raise InvalidInput("say which product, by its id or its sku", path=("id",))
    for product in _all(work, "product"):
        if product.document.get("sku") == sku:
            return product
    raise NotFound(f"there is no product with the sku '{sku}'")


def _all(work: Work, type: str) -> Iterator[Resource]:
    offset, total = 0, 1
    while offset < total:
        page, total = work.shelves.page(type, offset=offset, limit=_STRIDE)
        yield from page
        offset += _STRIDE


def _lain(work: Work, entry: Entry, kind: str) -> Iterator[Entry]:
    """What lies in an order or in another cart, to be put into this one too; of an order, its products alone."""
    source = "order" if kind == "order_items" else "cart"
    found = work.find(source, _text(entry, f"{source}_id"))
    for item in found.hidden["items"]:
        again = {"quantity": item["quantity"], "custom_inputs": item.get("custom_inputs")}
        if item.get("product_id"):
            yield {**again, "type": "cart_item", "id": item["product_id"]}
        elif kind == "cart_items" and item["type"] == "custom_item":
            own = {field: item.get(field, "") for field in ("name", "sku", "description")}
            yield {**again, **own, "type": "custom_item", "price": item["unit_price"]}


def _inputs(entry: Entry) -> Mapping[str, Any] | None:
    inputs = entry.get("custom_inputs")
    if inputs is None:
        return None
    texts = [*inputs.values()] if isinstance(inputs, Mapping) else [None]
    texts += [part for each in texts if isinstance(each, Mapping) for part in each.values()]
    if not isinstance(inputs, Mapping) or any(isinstance(text, str) and len(text) > _LONGEST_INPUT for text in texts):
        raise InvalidInput(
            f"custom_inputs is an object of texts, at most {_LONGEST_INPUT} characters each", path=("custom_inputs",)
        )
    return inputs


def _text(entry: Entry, field: str) -> str:
    value = entry.get(field)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"the {field} of an item is a text", path=(field,))
    return value
