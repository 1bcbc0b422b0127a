"""Catalog rules: which shoppers see which catalog."""

from emulator.domain.resource import Resource
from emulator.store.check import filled, listing, text, texts
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Origin
from emulator.store.house import one_of_the_house
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "catalog-rule"
_CHANNELS = ("web", "mobile", "kiosk", "marketplace")


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """For the catalog named (an id or key), or one of the house."""
    reference = attributes.get("catalog_id")
    catalog = work.find("catalog", str(reference)) if reference else one_of_the_house(work, "catalog", name.key)
    account = one_of_the_house(work, "account", name.key)
    channel = _CHANNELS[work.pool.draw(name.key, "channel", len(_CHANNELS))]
    label = f"{account.document['name']} on {channel}"
    values = {"catalog.id": catalog.id, "account.id": account.id, "channel": channel, "name": label}
    return Draft(values=values, parent=catalog.key)


def _drifted(work: Work, rule: Resource, turn: int) -> Draft:
    """Another channel."""
    now = rule.document["attributes"].get("channels") or [""]
    others = [channel for channel in _CHANNELS if channel != now[0]]
    return Draft(attributes={"channels": [others[work.pool.draw(rule.key, f"channel:{turn}", len(others))]]})


GROUP = Plain(
    type=TYPE,
    form=form(
        TYPE,
        document_type="catalog_rule",
        places=frozenset({"catalog.id", "account.id", "channel", "name"}),
        inside="attributes",
    ),
    fields={
        "name": filled,
        "description": text,
        "account_ids": texts,
        "customer_ids": texts,
        "channels": texts,
        "tags": texts,
        "schedules": listing,
    },
    ignored=frozenset({"catalog_id"}),
    made=_made,
    drifted=_drifted,
    origin=Origin(type="catalog", attribute="catalog_id"),
).group()
