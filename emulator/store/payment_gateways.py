"""Payment gateways: what takes the money. They are all there from the beginning, switched on or not."""

from collections.abc import Mapping

from emulator.core.fixture import Form
from emulator.domain.errors import IllegalCommand
from emulator.domain.resource import Resource
from emulator.store.check import flag, text
from emulator.store.draft import Draft, Values
from emulator.store.group import Group
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Step, row
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "payment-gateway"
GATEWAYS: Mapping[str, str] = {
    "manual": "Manual Gateway",
    "braintree": "Braintree",
    "stripe": "Stripe",
    "stripe_payment_intents": "Stripe Payment Intents",
    "stripe_connect": "Stripe Connect",
    "elastic_path_payments_stripe": "Payments Powered by Stripe",
    "paypal_express_checkout": "PayPal Express Checkout",
    "adyen": "Adyen",
    "authorize_net": "Authorize.net",
    "card_connect": "CardConnect",
    "cyber_source": "CyberSource",
}
"""Names by slug (the provider's document of payments)."""

SECRETS = frozenset({"login", "password", "signature", "merchant_id", "private_key", "public_key", "api_key"})
"""What a caller sets and nobody is shown."""


def _made(_work: Work, name: Name, _attributes: Values) -> Draft:
    slug = list(GATEWAYS)[name.number - 1]
    return Draft(values={"slug": slug, "name": GATEWAYS[slug], "enabled": slug == "manual"})


def _drifted(_work: Work, gateway: Resource, _turn: int) -> Draft:
    """It is switched on or off."""
    return Draft(attributes={"enabled": not gateway.document.get("enabled")})


def _choose(work: Work, resource: Resource | None, step: Step) -> Resource:
    """The one of this `slug`, or a drawn one: nothing is made."""
    assert resource is None, "only what is not there yet is chosen"
    slug = work.command.attributes.get("slug")
    drawn = one_of_the_house(work, TYPE, f"{TYPE}:{work.at}", "gateway")
    if slug is None:
        return work.store(drawn)
    if slug not in GATEWAYS:
        raise IllegalCommand(f"there is no gateway '{slug}'; there is {', '.join(GATEWAYS)}")
    return work.store(work.find(TYPE, f"{TYPE}:house-{list(GATEWAYS).index(str(slug)) + 1}"))


def _group() -> Group:
    group = Plain(
        type=TYPE,
        form=Form(
            name=TYPE,
            type="gateway",
            places=frozenset({"slug", "name", "enabled"}),
            fixed={"type": "gateway", "slug": "{{slug}}"},
        ),
        fields={"enabled": flag, "test": flag, "name": text},
        ignored=frozenset({"slug", *SECRETS}),
        made=_made,
        drifted=_drifted,
        rows=(row(None, "choose", "present"), row("present", "update", "present", f"{TYPE}.updated")),
        house=len(GATEWAYS),
        days=(700, 701),
    ).group()
    return Group(
        lifecycle=group.lifecycle,
        handlers={**group.handlers, "choose": _choose},
        forms=group.forms,
        house=group.house,
    )


GROUP = _group()
