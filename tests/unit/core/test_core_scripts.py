"""What a plan says befalls a send when it leaves or is answered, whichever rules are in force by then."""

from typing import Any

import pytest

from emulator.core.dice import Dice
from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT, NOBODY, Dispatcher
from emulator.core.retry import RetryPolicy
from emulator.core.schedule import PlannedEvent, PlannedSend, Schedule
from emulator.core.scribe import Scribe
from emulator.core.script import Script, ScriptedPlanner
from emulator.core.simulate import simulate
from emulator.domain.delivery import FaultNote
from emulator.domain.record import RecordKind


@pytest.mark.parametrize(
    ("fault", "error"), [("outage", NOBODY), ("ack_loss", LOST_ACKNOWLEDGEMENT)], ids=["outage", "ack_loss"]
)
@pytest.mark.parametrize("rules", [[], [{"id": "late", "delay": {"value": "1s"}}]], ids=["no rules", "another rule"])
def test_what_the_plan_says_befalls_a_send_needs_no_rule_that_says_so(
    stage: Any, fault: str, error: str, rules: list[dict[str, Any]]
) -> None:
    event, shop = stage.event(1), stage.integration()
    note = FaultNote("gone", fault, "as it was planned")
    schedule = Schedule(
        scenario="story",
        seed=1,
        start=event.at,
        integrations=(shop.key,),
        events=(PlannedEvent(event.identity, event.key, event.resource, event.at, event.payload),),
        sends=(PlannedSend(event.at, event.identity, shop.key, faults=(note,)),),
        dropped=(),
    )
    script = Script(schedule, exact=False)
    planner = ScriptedPlanner(script, dice=Dice(1), max_hold=0, rules=stage.rules(rules))
    dispatcher = Dispatcher(seed=1, planner=planner, retry=RetryPolicy(), scribe=Scribe())
    records = simulate(dispatcher, [event], [shop])
    first, second = (record for record in records if record.kind is RecordKind.ATTEMPTED)
    assert (first.data["succeeded"], first.data["error"]) == (False, error)
    assert [found["rule"] for found in first.data["faults"]] == ["gone"]
    assert second.data["succeeded"], "nothing was planned for the retry"
