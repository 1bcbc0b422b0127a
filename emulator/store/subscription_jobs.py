"""Subscription jobs: the runs that bill, tax and collect. A billing run makes an invoice of each subscription."""

from typing import Any

from emulator.domain.resource import Resource
from emulator.store import subscription_invoices
from emulator.store.check import one_of, text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Group, present
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Step, row
from emulator.store.money import formatted
from emulator.store.plain import Plain
from emulator.store.stamps import timestamp
from emulator.store.work import Name, Work

TYPE = "subscription-job"
KINDS = ("billing-run", "tax-run", "payment-run", "import")
_MOST = 100
_BILLED = ("active", "pending_pause", "pending_cancel")


def _made(_work: Work, _name: Name, _attributes: Values) -> Draft:
    return Draft(values={"job_type": KINDS[0]})


def _moved(work: Work, job: Resource, step: Step) -> Draft:
    status = step.state[0]
    now = timestamp(TYPE, work.moment_of(job))
    stamped = {"started_at": now} if status == "started" else {"finished_at": now}
    return Draft(attributes={"status": status}, meta={"timestamps": stamped})


def _succeed(work: Work, resource: Resource | None, step: Step) -> Resource:
    """The run is over: a billing run has made its invoices, at most a hundred."""
    job = present(resource)
    invoices = _bill(work) if job.document["attributes"]["job_type"] == "billing-run" else []
    total = sum(invoice.document["meta"]["price"]["amount"] for invoice in invoices)
    report: dict[str, Any] = {}
    if job.document["attributes"]["job_type"] == "billing-run":
        report = {
            "invoices_ready_for_payment": len(invoices),
            "invoices_tax_required": 0,
            "invoice_failures": 0,
            "total_ready_for_payment": {"USD": formatted(total, "USD")},
            "total_tax_required": {},
        }
    elif job.document["attributes"]["job_type"] == "tax-run":
        report = {"invoices_updated": 0, "invoice_failures": 0}
    elif job.document["attributes"]["job_type"] == "payment-run":
        report = {"total_payment_attempts": 0, "failed_payments": 0, "total_collected": {}}
    draft = _moved(work, job, step)
    changed = work.change(
        job,
        attributes=draft.attributes,
        meta={**draft.meta, **({"report": report} if report else {})},
        hidden={"state": list(step.state)},
    )
    work.emit(step.raises, changed, *invoices)
    return work.find(TYPE, changed.key)


def _bill(work: Work) -> list[Resource]:
    """An invoice for each living subscription that is not billed for this moment yet."""
    one_of_the_house(work, "subscription", f"{TYPE}:{work.at}")
    living = [one for one in work.shelves.page("subscription", limit=_MOST)[0] if one.hidden["state"][0] in _BILLED]
    invoices = []
    for subscription in living:
        type = subscription_invoices.TYPE
        name = work.name(type)
        draft = subscription_invoices.drafted(work, name, subscription)
        invoices.append(work.make(type, name, draft))
    return invoices


_PLAIN = Plain(
    type=TYPE,
    form=form(TYPE, document_type="subscription_job", places=frozenset({"job_type"}), inside="attributes"),
    fields={"job_type": one_of(KINDS), "external_ref": text},
    made=_made,
    axes=(("pending", "started", "success", "failed"),),
    rows=(
        row(None, "create", "pending", f"{TYPE}.created"),
        row("pending", "start", "started", f"{TYPE}.updated"),
        row("started", "succeed", "success", f"{TYPE}.updated", f"{subscription_invoices.TYPE}.created"),
        row("pending|started", "fail", "failed", f"{TYPE}.updated"),
        row("*", "delete", "=", f"{TYPE}.deleted"),
    ),
    moves={"start": _moved, "fail": _moved},
).group()

GROUP = Group(
    lifecycle=_PLAIN.lifecycle,
    handlers={**_PLAIN.handlers, "succeed": _succeed},
    forms=_PLAIN.forms,
)
