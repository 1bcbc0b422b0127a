"""What is different between two plans is told, whatever it is; and nothing where they are the same."""

from dataclasses import replace

import pytest

from emulator.core.schedule import Dropped, PlannedEvent, PlannedSend, Schedule
from emulator.core.schedule_diff import difference
from emulator.domain.delivery import FaultNote, Treatment

NOTE = FaultNote("mine", "drop", "never sent")
ORDER, CART = (PlannedEvent(f"{name}/x:1", "order.paid", name, 5, "{}") for name in ("o1", "c1"))
PAID, ALSO = PlannedSend(9, ORDER.identity, "shop"), PlannedSend(9, CART.identity, "shop")
TOGETHER = (PAID._replace(together="g"), ALSO._replace(together="g"))
PLAN = Schedule(
    scenario="story",
    seed=1,
    start=0,
    integrations=("shop", "erp"),
    events=(ORDER, CART),
    sends=(PAID, ALSO),
    dropped=(Dropped(ORDER.identity, "erp", (NOTE,)),),
)
TO_SHOP = "o1/x:1 to shop job 1 attempt 1 copy 0"


def test_the_same_plan_begun_another_time_is_the_same() -> None:
    later = replace(
        PLAN,
        start=7,
        events=tuple(event._replace(at=event.at + 7) for event in PLAN.events),
        sends=tuple(send._replace(at=send.at + 7) for send in PLAN.sends),
    )
    assert difference(PLAN, later) == []
    renamed = replace(PLAN, sends=tuple(send._replace(together="h") for send in TOGETHER))
    assert difference(replace(PLAN, sends=TOGETHER), renamed) == []


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (
            replace(
                PLAN, sends=(PAID._replace(treatments=(Treatment(fault="corrupt", how={"mode": "truncate"}),)), ALSO)
            ),
            [("changed", TO_SHOP, "another treatment of its message")],
        ),
        (
            replace(PLAN, sends=TOGETHER),
            [
                ("changed", TO_SHOP, "together with others"),
                ("changed", TO_SHOP.replace("o1", "c1"), "together with others"),
            ],
        ),
        (
            replace(PLAN, sends=(ALSO, PAID)),
            [
                ("changed", TO_SHOP.replace("o1", "c1"), "in another place among those at this time"),
                ("changed", TO_SHOP, "in another place among those at this time"),
            ],
        ),
        (
            replace(PLAN, events=(ORDER._replace(at=2, payload="[]"), CART)),
            [("changed", "o1/x:1", "3us earlier; another payload")],
        ),
        (replace(PLAN, dropped=()), [("removed", "o1/x:1 to erp", "the drop")]),
        (
            replace(PLAN, dropped=(PLAN.dropped[0]._replace(faults=()),)),
            [("changed", "o1/x:1 to erp", "by other faults: none")],
        ),
        (
            replace(PLAN, dropped=(*PLAN.dropped, Dropped(CART.identity, "erp", ()))),
            [("added", "c1/x:1 to erp", "the drop")],
        ),
        (replace(PLAN, integrations=("shop",)), [("removed", "erp", "the integration")]),
        (
            replace(PLAN, sends=(PAID._replace(at=11, faults=(NOTE,)),)),
            [
                ("removed", TO_SHOP.replace("o1", "c1"), "the send"),
                ("changed", TO_SHOP, "2us later; by other faults: mine"),
            ],
        ),
    ],
)
def test_whatever_is_different_is_told(other: Schedule, told: list[tuple[str, str, str]]) -> None:
    assert difference(PLAN, other) == told
    assert difference(other, PLAN)
