"""Orders over the API: read, changed and anonymized; paid by transactions, each captured, refunded or cancelled."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.act import Asked, act, asked_of, done, living, written
from emulator.api.answer import answer
from emulator.api.collection import Collection, operations_of
from emulator.api.operation import Call, Operation
from emulator.api.refusal import ErrorEntry, Refusal, invalid, not_found, quoted
from emulator.domain.errors import IllegalCommand, nearest
from emulator.domain.resource import Change, Command, Resource
from emulator.store import views
from emulator.store.transactions import METHODS

_ORDER = "/v2/orders/{order_id}"
_TRANSACTION = f"{_ORDER}/transactions/{{transaction_id}}"


def _pay(call: Call, asked: Asked) -> Command:
    """A payment: `gateway` and `method` say how, `amount` how much of what is owing."""
    order = living(call, "order", call.word("order_id"))
    missing = [
        invalid(field, f"A payment needs the field {field}") for field in ("gateway", "method") if field not in asked
    ]
    if missing:
        raise Refusal(*missing)
    method = asked["method"]
    if method not in METHODS:
        detail = f"There is no method {quoted(str(method))}{nearest(str(method), METHODS)}"
        raise Refusal(invalid("method", detail))
    named = asked.get("paymentmethod_meta")
    more = {name: value for name, value in named.items() if name in _NAMED} if isinstance(named, Mapping) else {}
    told = {name: asked[name] for name in ("gateway", "amount") if asked.get(name) is not None}
    return Command(type="transaction", verb=method, attributes={**told, **more, "order": order.id})


_NAMED = ("name", "custom_reference")


def _transaction(verb: str, *fields: str) -> Callable[[Call, Asked], Command]:
    def command(call: Call, asked: Asked) -> Command:
        order = living(call, "order", call.word("order_id"))
        found = living(call, "transaction", call.word("transaction_id"))
        if found.parent != order.key:
            raise not_found()
        told = {name: asked[name] for name in fields if asked.get(name) is not None}
        return Command(type="transaction", verb=verb, target=found.id, attributes=told)

    return command


def _shown(call: Call, change: Change) -> dict[str, Any]:
    return views.read(change.subject, call.shelves)


async def _anonymize(call: Call) -> Response:
    """Every order that is named, or none."""
    call.caller.must_be_trusted()
    ids = asked_of(call).get("order_ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(id, str) for id in ids):
        raise Refusal(invalid("order_ids", "Say which orders, as a list of their ids"))
    orders = [living(call, "order", id) for id in dict.fromkeys(ids)]
    refused = tuple(_not_yet(order) for order in orders if not _over(order))
    if refused:
        raise Refusal(*refused)
    try:
        changes = [await done(call, Command(type="order", verb="anonymize", target=order.id)) for order in orders]
    except IllegalCommand as error:
        raise Refusal(ErrorEntry(status=HTTPStatus.UNPROCESSABLE_ENTITY, title=_TITLE, detail=str(error))) from None
    return answer({"data": [views.shown(change.subject) for change in changes]})


_TITLE = "Could not anonymize orders"


def _over(order: Resource) -> bool:
    return not {"cancelled", "refunded", "fulfilled"}.isdisjoint(order.hidden["state"])


def _not_yet(order: Resource) -> ErrorEntry:
    status, payment, shipping = order.hidden["state"]
    stands = f"order:{status}, payment:{payment}, shipping:{shipping}"
    return ErrorEntry(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        title=_TITLE,
        detail=f"{order.id} is {stands}; only an order that is fulfilled, refunded or cancelled can be anonymized",
    )


OPERATIONS: tuple[Operation, ...] = (
    written("POST", "/v2/orders/anonymize", "anonymizeOrders", "Lets nobody tell who bought these orders", _anonymize),
    *operations_of(Collection(type="order", path="/v2/orders", changed=True)),
    written("POST", f"{_ORDER}/payments", "payOrder", "Pays an order, or a part of it", act(_pay, _shown)),
    *operations_of(Collection(type="transaction", path=f"{_ORDER}/transactions", parent="order")),
    *(
        written(
            "POST",
            f"{_TRANSACTION}/{verb}",
            f"{verb}Transaction",
            summary,
            act(_transaction(verb, *fields), _shown),
            body=False,
        )
        for verb, summary, fields in (
            ("confirm", "Confirms a payment that was set up", ()),
            ("capture", "Takes what was authorized", ("custom_reference",)),
            ("refund", "Gives back all of a payment, or an amount of it", ("amount",)),
            ("cancel", "Lets go what is pending or authorized", ()),
        )
    ),
)
