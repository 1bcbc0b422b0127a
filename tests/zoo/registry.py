"""Registry: every animal of the zoo, with the story and the fault that tell a wrong one from a right one."""

from collections.abc import Mapping
from typing import Any

from zoo.animal import Animal

EVERYWHERE = ("webhook", "aws_sqs", "stomp")
PAID_AND_UPDATED = ("order.paid", "order.updated")
ORDER = (
    {"trigger": "order.created", "as": "o1"},
    {"trigger": "order.paid", "of": "o1"},
    {"trigger": "order.fulfilled", "of": "o1"},
)
PAID = ORDER[:2]
CUSTOMER = (
    {"trigger": "customer.created", "as": "c1"},
    {"trigger": "customer.updated", "of": "c1"},
    {"trigger": "customer.deleted", "of": "c1"},
)
TWO_ORDERS = (
    {"trigger": "order.created", "as": "o1"},
    {"trigger": "order.created", "as": "o2"},
    {"trigger": "order.paid", "of": "o1"},
    {"trigger": "order.paid", "of": "o2"},
    {"trigger": "order.fulfilled", "of": "o1"},
    {"trigger": "order.fulfilled", "of": "o2"},
)
WHOLE_LIFE = (
    *TWO_ORDERS,
    {"trigger": "order.refunded", "of": "o1"},
    {"trigger": "order.deleted", "of": "o2"},
    *CUSTOMER,
)


def rule(name: str, *, event: str | None = None, **fault: Any) -> Mapping[str, Any]:
    return {"id": name, **({"match": {"event": event}} if event else {}), **fault}


BACKWARDS = rule("backwards", reorder={"mode": "reverse", "window": 3, "scope": "same_resource"})
PAIR_TURNED = rule("turned", reorder={"mode": "reverse", "window": 2, "scope": "same_resource"})
TWICE = rule("twice", event="order.paid", duplicate={"copies": 1})
UNHEARD = rule("unheard", event="order.paid", ack_loss={"times": 1})
EVERYTHING = (
    rule("late", probability=0.4, delay={"distribution": "uniform", "lower": "1s", "upper": "20s"}),
    rule("mixed-up", probability=0.5, reorder={"mode": "shuffle", "window": 4}),
    rule("together", probability=0.4, overlap={"count": 2, "scope": "same_resource"}),
    rule("twice", probability=0.4, duplicate={"copies": 2, "spacing": "2s"}),
    rule("unheard", probability=0.4, ack_loss={"times": 2}),
    rule("new-field", probability=0.8, payload={"mode": "unknown_field"}),  # once there is one, it is there to stay
)
"""What is documented, all at once: the provider may do any of it, and a right receiver does not mind."""

WRONG = (
    Animal(name="no_key", transports=EVERYWHERE, fault="duplicate", shows_in="shipments", steps=PAID, chaos=(TWICE,)),
    Animal(name="keyed_on_attempt", fault="ack_loss", shows_in="emails", steps=PAID, chaos=(UNHEARD,)),
    Animal(
        name="keyed_on_resource",
        transports=EVERYWHERE,
        fault="reorder",
        shows_in="emails",
        observes=PAID_AND_UPDATED,
        steps=PAID,
        chaos=(PAIR_TURNED,),
    ),
    Animal(
        name="last_write_wins",
        transports=EVERYWHERE,
        fault="reorder",
        shows_in="orders",
        steps=ORDER,
        chaos=(BACKWARDS,),
    ),
    Animal(name="mail_before_commit", fault="reorder", shows_in="emails", steps=PAID, chaos=(PAIR_TURNED,)),
    Animal(
        name="acknowledges_first",
        transports=EVERYWHERE,
        fault="reorder",
        shows_in="orders",
        steps=PAID,
        afterwards=True,
        chaos=(PAIR_TURNED,),
    ),
    Animal(
        name="check_then_act",
        fault="overlap",
        shows_in="invoices",
        observes=PAID_AND_UPDATED,
        steps=PAID,
        chaos=(rule("together", overlap={"count": 2, "scope": "same_resource"}),),
    ),
    Animal(
        name="strict_parser",
        fault="payload",
        shows_in="orders",
        steps=PAID,
        chaos=(rule("new-field", probability=1, payload={"mode": "unknown_field"}),),
        expect=(
            {"eventually": {"event": "order.*", "delivered": True, "within": "30m"}},
            {"converges": {"probe": "http://127.0.0.1:{port}/state", "path": "$", "stable_for": "20ms"}},
        ),
    ),
    Animal(
        name="order_assumed",
        transports=EVERYWHERE,
        fault="reorder",
        shows_in="orders",
        steps=PAID,
        chaos=(PAIR_TURNED,),
    ),
    Animal(
        name="mails_again", transports=EVERYWHERE, fault="ack_loss", shows_in="emails", steps=PAID, chaos=(UNHEARD,)
    ),
    Animal(
        name="running_total", transports=EVERYWHERE, fault="duplicate", shows_in="totals", steps=PAID, chaos=(TWICE,)
    ),
    Animal(
        name="refuses_early",
        transports=EVERYWHERE,
        fault="reorder",
        shows_in="orders",
        steps=PAID,
        chaos=(PAIR_TURNED,),
    ),
    Animal(
        name="resurrects",
        transports=EVERYWHERE,
        fault="delay",
        shows_in="customers",
        observes=("customer.*",),
        steps=CUSTOMER,
        chaos=(rule("late", event="customer.updated", delay={"value": "10s"}),),
    ),
    Animal(
        name="too_slow",
        fault="delay",
        shows_in="shipments",
        steps=PAID,
        chaos=(rule("late", event="order.created", delay={"value": "10s"}),),
        webhook_timeout="300ms",
        # It works on when nobody waits any more. Were it asked whether it is idle, nothing would be sent meanwhile.
        expect=({"converges": {"probe": "http://127.0.0.1:{port}/state", "path": "$", "stable_for": "300ms"}},),
    ),
    Animal(
        name="short_memory",
        transports=EVERYWHERE,
        fault="ack_loss",
        shows_in="emails",
        steps=ORDER,
        chaos=(rule("unheard", event="order.created", ack_loss={"times": 1}),),
    ),
)

RIGHT = tuple(
    Animal(
        name=name,
        right=True,
        transports=transports,
        observes=("order.*", "customer.*"),
        steps=WHOLE_LIFE,
        chaos=EVERYTHING,
    )
    for name, transports in (
        ("ledger", EVERYWHERE),
        ("fetching", ("webhook",)),
        ("queue_worker", ("stomp", "aws_sqs")),
        ("event_sourced", EVERYWHERE),
    )
)

ZOO: Mapping[str, Animal] = {animal.name: animal for animal in (*WRONG, *RIGHT)}
