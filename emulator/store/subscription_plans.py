"""Subscription plans: how often is billed, for how long, and what may be done meanwhile."""

from emulator.domain.resource import Resource
from emulator.store.check import filled, flag, number, one_of, text, whole
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "subscription-plan"
_KINDS = (
    ("Monthly", "month", 1, 12),
    ("Weekly", "week", 1, 52),
    ("Quarterly", "month", 3, 4),
    ("Yearly", "year", 1, 1),
)


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    label, interval, frequency, length = _KINDS[work.pool.draw(name.key, "kind", len(_KINDS))]
    values = {"name": label, "interval": interval, "frequency": frequency, "length": length}
    return Draft(values=values, hidden={"interval": interval, "frequency": frequency})


def _drifted(_work: Work, plan: Resource, _turn: int) -> Draft:
    """It runs on, or ends by itself."""
    now = plan.document["attributes"]["end_behavior"]
    return Draft(attributes={"end_behavior": "close" if now == "roll" else "roll"})


GROUP = Plain(
    type=TYPE,
    form=form(
        TYPE,
        document_type="subscription_plan",
        places=frozenset({"name", "interval", "frequency", "length"}),
        inside="attributes",
    ),
    fields={
        "name": filled,
        "description": text,
        "external_ref": text,
        "billing_interval_type": one_of(("day", "week", "month", "year")),
        "billing_frequency": whole,
        "trial_period": whole,
        "plan_length": whole,
        "end_behavior": one_of(("close", "roll")),
        "can_pause": flag,
        "can_resume": flag,
        "can_cancel": flag,
        "base_price_percentage": number,
    },
    made=_made,
    drifted=_drifted,
    house=2,
    days=(300, 400),
).group()
