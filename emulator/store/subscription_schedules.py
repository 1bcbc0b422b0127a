"""Subscription schedules: when which job is run, as a line of cron in a time zone."""

from emulator.domain.moment import DAY, HOUR
from emulator.domain.resource import Resource
from emulator.store.check import filled, mapping, text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.plain import Plain
from emulator.store.stamps import timestamp
from emulator.store.work import Name, Work

TYPE = "subscription-schedule"
_JOBS = (("Nightly billing", "billing-run"), ("Taxes before dawn", "tax-run"), ("Morning collection", "payment-run"))


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    label, job = _JOBS[work.pool.draw(name.key, "job", len(_JOBS))]
    hour = work.pool.draw(name.key, "hour", 6)
    next_day = work.at - work.at % DAY + DAY + hour * HOUR
    values = {
        "name": label,
        "specification": f"0 {hour} * * *",
        "job_type": job,
        "scheduled_for": timestamp(TYPE, next_day),
    }
    return Draft(values=values)


def _drifted(work: Work, schedule: Resource, turn: int) -> Draft:
    """Another hour."""
    now = schedule.document["attributes"]["specification"]
    parts = str(now).split()
    before = int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0
    hour = (before + 1 + work.pool.draw(schedule.key, f"hour:{turn}", 22)) % 24
    return Draft(attributes={"specification": f"0 {hour} * * *"})


GROUP = Plain(
    type=TYPE,
    form=form(
        TYPE,
        document_type="subscription_schedule",
        places=frozenset({"name", "specification", "job_type", "scheduled_for"}),
        inside="attributes",
    ),
    fields={"name": text, "specification": filled, "location": filled, "job": mapping, "external_ref": text},
    made=_made,
    drifted=_drifted,
).group()
