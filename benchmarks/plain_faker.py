"""Plain Faker: an order as somebody would write it who has Faker and the provider's example before them."""

from typing import Any

from faker import Faker


class PlainFaker:
    """Everything is asked of Faker anew, with its defaults."""

    def __init__(self, *, seed: int) -> None:
        self._fake = Faker()
        self._fake.seed_instance(seed)

    def order(self) -> dict[str, Any]:
        """As many fields as an order's payload of ours, with two items."""
        fake = self._fake
        items = [self._item() for _ in range(2)]
        total = sum(item["value"]["amount"] for item in items)
        moment = fake.iso8601()
        first, last = fake.first_name(), fake.last_name()
        return {
            "data": {
                "type": "order",
                "id": fake.uuid4(),
                "status": fake.random_element(("incomplete", "processing", "complete")),
                "payment": fake.random_element(("unpaid", "authorized", "paid")),
                "shipping": fake.random_element(("unfulfilled", "fulfilled")),
                "anonymized": False,
                "customer": {"name": f"{first} {last}", "email": fake.email()},
                "shipping_address": {**self._address(first, last), "instructions": fake.sentence()},
                "billing_address": self._address(first, last),
                "links": {},
                "meta": {
                    "display_price": {
                        name: self._price(total)
                        for name in (
                            *("with_tax", "without_tax", "tax", "discount", "without_discount"),
                            *("balance_owing", "paid", "authorized"),
                        )
                    },
                    "timestamps": {"created_at": moment, "updated_at": moment},
                },
                "relationships": {
                    "items": {"data": [{"type": "item", "id": item["id"]} for item in items]},
                    "customer": {"data": {"type": "customer", "id": fake.uuid4()}},
                },
            },
            "included": {"items": items},
        }

    def _item(self) -> dict[str, Any]:
        fake = self._fake
        quantity = fake.random_int(1, 3)
        amount = fake.random_int(500, 20_000)
        moment = fake.iso8601()
        return {
            "type": "order_item",
            "id": fake.uuid4(),
            "quantity": quantity,
            "product_id": fake.uuid4(),
            "name": fake.catch_phrase(),
            "sku": fake.bothify("???-####"),
            "unit_price": {"amount": amount, "currency": "USD", "includes_tax": False},
            "value": {"amount": amount * quantity, "currency": "USD", "includes_tax": False},
            "links": {},
            "meta": {
                "display_price": {
                    name: {"unit": self._price(amount), "value": self._price(amount * quantity)}
                    for name in ("with_tax", "without_tax", "tax", "discount", "without_discount")
                },
                "timestamps": {"created_at": moment, "updated_at": moment},
            },
            "relationships": {"cart_item": {"data": {"type": "cart_item", "id": fake.uuid4()}}},
        }

    def _address(self, first: str, last: str) -> dict[str, Any]:
        fake = self._fake
        return {
            "first_name": first,
            "last_name": last,
            "phone_number": fake.phone_number(),
            "company_name": fake.company(),
            "line_1": fake.street_address(),
            "line_2": fake.secondary_address(),
            "city": fake.city(),
            "postcode": fake.postcode(),
            "county": fake.city(),
            "region": fake.state_abbr(),
            "country": fake.country_code(),
        }

    @staticmethod
    def _price(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": "USD", "formatted": f"${amount / 100:,.2f}"}
