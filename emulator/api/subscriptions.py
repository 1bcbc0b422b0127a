"""Subscriptions over the API: what there is to subscribe to, who does, and the jobs that bill them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.act import Asked, act, asked_of, living, written
from emulator.api.answer import answer
from emulator.api.collection import Collection, listed, operations_of
from emulator.api.operation import Call
from emulator.api.reading import reading
from emulator.api.refusal import Refusal, invalid, quoted
from emulator.domain.errors import nearest
from emulator.domain.resource import Change, Command, Resource
from emulator.store import views
from emulator.store.subscription_jobs import TYPE as JOB
from emulator.store.subscriptions import TYPE as SUBSCRIPTION

_ROOT = "/v2/subscriptions"
_ONE = f"{_ROOT}/subscriptions/{{subscription_id}}"
_INVOICE = "subscription-invoice"
_VERBS = {"cancel": "cancel", "pause": "pause", "resume": "resume"}

COLLECTIONS = (
    *(
        Collection(type=f"subscription-{one}", path=f"{_ROOT}/{one}s", made=True, changed=True, deleted=True)
        for one in ("product", "plan", "offering", "subscriber", "schedule")
    ),
    Collection(type=JOB, path=f"{_ROOT}/jobs", deleted=True),
    Collection(type=_INVOICE, path=f"{_ROOT}/invoices", deleted=True),
    Collection(type=SUBSCRIPTION, path=f"{_ROOT}/subscriptions", made=True, changed=True, deleted=True),
    Collection(type=_INVOICE, path=f"{_ONE}/invoices", parent=SUBSCRIPTION, called="invoice-of-subscription"),
)


def _subscription(call: Call) -> Resource:
    return living(call, SUBSCRIPTION, call.word("subscription_id"))


def _change_state(call: Call, asked: Asked) -> Command:
    """`action` cancel, pause or resume; where the plan's period has not ended, the provider says pending first."""
    attributes = asked.get("attributes")
    action = attributes.get("action") if isinstance(attributes, dict) else None
    if action not in _VERBS:
        raise Refusal(invalid("action", f"There is no action {quoted(str(action))}{nearest(str(action), _VERBS)}"))
    return Command(type=SUBSCRIPTION, verb=_VERBS[str(action)], target=_subscription(call).id)


def _state(_call: Call, change: Change) -> dict[str, Any]:
    return {"data": change.subject.document["meta"]["state"]}


async def _states(call: Call) -> Response:
    call.caller.must_be_trusted()
    return answer({"data": [_subscription(call).document["meta"]["state"]]})


def _parts(field: str, type: str) -> Callable[[Call], Any]:
    async def handler(call: Call) -> Response:
        """What a subscription is made of."""
        call.caller.must_be_trusted()
        keys = _subscription(call).hidden[field]
        wanted = {keys} if isinstance(keys, str) else set(keys)
        return listed(call, type, where=lambda one: one.key in wanted)

    return handler


async def _run_job(call: Call) -> Response:
    """The job is made, started and done; the answer shows it as it was asked for."""
    call.caller.must_be_trusted()
    attributes = asked_of(call).get("attributes")
    asked = attributes if isinstance(attributes, dict) else {}
    made = await call.emulator.execute(Command(type=JOB, verb="create", attributes=asked))
    for verb in ("start", "succeed"):
        await call.emulator.execute(Command(type=JOB, verb=verb, target=made.subject.id))
    return answer(views.read(made.subject, call.shelves), HTTPStatus.CREATED)


def _build(call: Call, asked: Asked) -> Command:
    """An offering of products and plans that there are, named by their ids."""
    attributes = asked.get("attributes")
    given = dict(attributes) if isinstance(attributes, dict) else {}
    for field in ("products", "plans"):
        listed_ = asked.get(field, given.get(field))
        if isinstance(listed_, list):
            given[field] = [one.get("id") if isinstance(one, dict) else one for one in listed_]
    return Command(type="subscription-offering", verb="create", attributes=given)


def _shown(call: Call, change: Change) -> dict[str, Any]:
    return views.read(change.subject, call.shelves)


OPERATIONS = (
    written(
        "POST",
        f"{_ROOT}/offerings/build",
        "buildSubscriptionOffering",
        "Makes an offering of products and plans",
        act(_build, _shown, HTTPStatus.CREATED),
        status=HTTPStatus.CREATED,
    ),
    *(operation for collection in COLLECTIONS for operation in operations_of(collection)),
    written(
        "POST",
        f"{_ROOT}/jobs",
        "createSubscriptionJob",
        "Runs a job: a billing run makes the invoices",
        _run_job,
        status=HTTPStatus.CREATED,
    ),
    written(
        "POST",
        f"{_ONE}/states",
        "createSubscriptionState",
        "Cancels, pauses or resumes a subscription",
        act(_change_state, _state, HTTPStatus.CREATED),
        status=HTTPStatus.CREATED,
    ),
    reading(f"{_ONE}/states", "listSubscriptionStates", "The state of a subscription", _states),
    reading(
        f"{_ONE}/products",
        "listProductsOfSubscription",
        "What is delivered",
        _parts("products", "subscription-product"),
        several=True,
    ),
    reading(
        f"{_ONE}/plans",
        "listPlansOfSubscription",
        "How it is billed",
        _parts("plan", "subscription-plan"),
        several=True,
    ),
)
