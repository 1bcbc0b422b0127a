"""The life of an order: three axes, status, payment and shipping (the provider's documents of carts,
orders and payments).

- Checkout makes it. Authorizing covers what is owing, paying takes it at once, capturing takes what was
  authorized; each can also be done in part, which leaves the order incomplete, and in any order.
- Only a paid order can be fulfilled, only an unfulfilled one cancelled or sent elsewhere. Cancelling gives no
  money back.
- Refunds are of what was paid, in part or in full. An order that is fulfilled, refunded or cancelled may be
  anonymized.

The provider says nothing on some rows, so they are ours: a payment in part raises `order.updated`, since the order's
payment has changed; where a part is authorized and another paid, the order counts as authorized, in part or in full;
and `order.deleted`, which its API lets one observe, follows a deletion.
"""

from emulator.store.lifecycle import Lifecycle, row

LIFECYCLE = Lifecycle(
    type="order",
    axes=(
        ("incomplete", "processing", "complete", "cancelled"),
        ("unpaid", "partially_authorized", "authorized", "partially_paid", "paid", "refunded"),
        ("unfulfilled", "fulfilled"),
    ),
    rows=(
        row(None, "checkout", "incomplete unpaid unfulfilled", "order.created"),
        row("* * *", "update", "= = =", "order.updated"),
        row("* * unfulfilled", "change_address", "= = =", "order.updated"),
        row(
            "incomplete unpaid|partially_authorized|partially_paid unfulfilled",
            "authorize",
            "processing authorized =",
            *("transaction.created", "order.authorized"),
        ),
        row(
            "incomplete unpaid|partially_authorized|partially_paid unfulfilled",
            "authorize_part",
            "= partially_authorized =",
            *("transaction.created", "order.updated"),
        ),
        row(
            "incomplete unpaid|partially_paid unfulfilled",
            "pay",
            "complete paid =",
            *("transaction.created", "order.paid", "order.updated"),
        ),
        row(
            "incomplete unpaid|partially_paid unfulfilled",
            "pay_part",
            "= partially_paid =",
            *("transaction.created", "order.updated"),
        ),
        row(
            "incomplete partially_authorized unfulfilled",
            "pay_rest",
            "processing authorized =",
            *("transaction.created", "order.authorized"),
        ),
        row(
            "incomplete partially_authorized unfulfilled",
            "pay_part",
            "= = =",
            *("transaction.created", "order.updated"),
        ),
        row(
            "processing authorized unfulfilled",
            "capture",
            "complete paid =",
            *("transaction.updated", "order.paid", "order.updated"),
        ),
        row(
            "incomplete partially_authorized unfulfilled",
            "capture_part",
            "= partially_paid =",
            *("transaction.updated", "order.updated"),
        ),
        row("complete paid unfulfilled", "fulfill", "= = fulfilled", "order.fulfilled", "order.updated"),
        row(
            "incomplete|processing|complete * unfulfilled",
            "cancel",
            "cancelled = =",
            *("order.cancelled", "order.updated"),
        ),
        row(
            "complete|cancelled paid *",
            "refund",
            "= refunded =",
            *("transaction.updated", "order.refunded", "order.updated"),
        ),
        row("complete|cancelled paid *", "refund_part", "= = =", "transaction.updated", "order.updated"),
        row("* * fulfilled", "anonymize", "= = =", "order.updated"),
        row("* refunded *", "anonymize", "= = =", "order.updated"),
        row("cancelled * *", "anonymize", "= = =", "order.updated"),
        row("* * *", "delete", "= = =", "order.deleted"),
    ),
)
