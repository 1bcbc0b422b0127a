"""Subscriptions: an offering on a plan, for a subscriber, until it is cancelled or over.

Pausing and cancelling take effect at the end of the billing period, and are pending until then; a merchant may do
either at once. The provider says which events there are (its document of subscriptions), and little on when they come,
so the table is ours: `create-failed` is a subscription whose first payment did not go through.
"""

from typing import Any

from emulator.domain.identity import derived_id
from emulator.domain.moment import DAY
from emulator.domain.resource import Resource
from emulator.store.check import text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Group, Origin
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Step, row
from emulator.store.plain import Plain
from emulator.store.stamps import timestamp
from emulator.store.work import Name, Work

TYPE = "subscription"
_PERIODS = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY, "year": 365 * DAY}
_STAMPED = {"cancel": "canceled_at", "pause": "paused_at", "resume": "resumed_at", "close": "end_date"}


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """Of the `offering`, `plan_id` and `account_id` named (ids or keys), or what the house has."""
    offering = _named(work, name, attributes.get("offering"), "subscription-offering")
    plan = _named(work, name, attributes.get("plan_id") or offering.hidden["plans"][0], "subscription-plan")
    subscriber = _named(work, name, attributes.get("subscriber"), "subscription-subscriber")
    period = _PERIODS[plan.hidden.get("interval", "month")] * int(plan.hidden.get("frequency", 1))
    values = {
        "offering": {key: offering.document[key] for key in ("id", "type", "attributes", "meta")},
        "plan.id": plan.id,
        "account.id": subscriber.document["attributes"]["account_id"],
        **{f"subscriber.{field}": subscriber.document["attributes"][field] for field in ("name", "email")},
        "currency": "USD",
        "invoice_after": timestamp(TYPE, work.at + period),
        "state": _state(work, name.key, "resume", work.at),
    }
    hidden = {
        "offering": offering.key,
        "plan": plan.key,
        "subscriber": subscriber.key,
        "products": list(offering.hidden["products"]),
        "period": period,
    }
    return Draft(values=values, parent=subscriber.key, hidden=hidden)


def _named(work: Work, name: Name, reference: object, type: str) -> Resource:
    return work.find(type, str(reference)) if reference else one_of_the_house(work, type, name.key)


def _drifted(work: Work, subscription: Resource, turn: int) -> Draft:
    reference = work.pool.draw(subscription.key, f"ref:{turn}", 900_000) + 100_000
    return Draft(attributes={"external_ref": f"SUB-{reference}"})


def _moved(work: Work, subscription: Resource, step: Step) -> Draft:
    """What its meta says of where it stands now."""
    state = step.state[0]
    verb = step.verb.removesuffix("_at_end")
    moment = work.moment_of(subscription)
    now = timestamp(TYPE, moment)
    meta: dict[str, Any] = {
        "status": "active" if state in ("active", "pending_cancel", "pending_pause") else "inactive",
        "canceled": state == "canceled" or (state == "closed" and subscription.document["meta"]["canceled"]),
        "paused": state == "paused",
        "closed": state == "closed",
        "pending": state.startswith("pending_"),
        "state": _state(work, subscription.key, _action(verb), moment),
    }
    stamp = _STAMPED.get(verb)
    if stamp is not None and not state.startswith("pending_"):
        meta["timestamps"] = {stamp: now}
    return Draft(meta=meta)


def _action(verb: str) -> str:
    """In the provider's words."""
    return {"cancel": "cancel", "pause": "pause", "resume": "resume"}.get(verb, "pending")


def _state(work: Work, key: str, action: str, moment: int) -> dict[str, Any]:
    return {
        "type": "subscription_state",
        "id": derived_id(work.seed, "subscription_state", key, action, moment),
        "attributes": {"action": action},
        "meta": {"created_at": timestamp(TYPE, moment)},
    }


def _fail(work: Work, resource: Resource | None, step: Step) -> Resource:
    """It is there, inactive, and that is all."""
    made = _PLAIN.handlers["create"](work, resource, Step(verb=step.verb, state=step.state, raises=()))
    failed = work.change(
        made, meta={"status": "inactive", "pending": True, "state": _state(work, made.key, "pending", work.at)}
    )
    work.emit(step.raises, failed)
    return work.find(TYPE, failed.key)


_LIVING = "active|paused|pending_pause|pending_cancel"
_PLAIN = Plain(
    type=TYPE,
    form=form(
        TYPE,
        places=frozenset(
            {
                *("offering", "plan.id", "account.id", "currency", "invoice_after", "state"),
                *("subscriber.name", "subscriber.email"),
            }
        ),
        inside="attributes",
    ),
    fields={"external_ref": text},
    ignored=frozenset({"offering", "plan_id", "account_id", "subscriber", "currency", "payment_authority", "meta"}),
    made=_made,
    drifted=_drifted,
    axes=(("active", "pending_pause", "paused", "pending_cancel", "canceled", "closed", "failed"),),
    rows=(
        row(None, "create", "active", f"{TYPE}.created"),
        row(None, "fail", "failed", f"{TYPE}.create-failed"),
        row("*", "update", "="),
        row("active", "pause_at_end", "pending_pause", f"{TYPE}.pending_pause"),
        row("active|pending_pause", "pause", "paused", f"{TYPE}.paused"),
        row("paused|pending_pause|pending_cancel", "resume", "active", f"{TYPE}.resumed"),
        row("active|paused|pending_pause", "cancel_at_end", "pending_cancel", f"{TYPE}.pending_cancel"),
        row(_LIVING, "cancel", "canceled", f"{TYPE}.canceled"),
        row(f"{_LIVING}|canceled|failed", "close", "closed", f"{TYPE}.closed"),
        row("canceled|closed|failed", "delete", "="),
    ),
    moves=dict.fromkeys(("pause_at_end", "pause", "resume", "cancel_at_end", "cancel", "close"), _moved),
    origin=Origin(type="subscription-subscriber", attribute="subscriber"),
    house=2,
    days=(10, 39),
).group()

GROUP = Group(
    lifecycle=_PLAIN.lifecycle,
    handlers={**_PLAIN.handlers, "fail": _fail},
    forms=_PLAIN.forms,
    origin=_PLAIN.origin,
    house=_PLAIN.house,
)
