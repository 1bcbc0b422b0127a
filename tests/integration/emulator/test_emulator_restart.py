"""A restart on the same data directory goes on where the last process was."""

from pathlib import Path
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import MINUTE, SECOND
from emulator.domain.outcome import Outcome
from emulator.runtime.settings import ClockMode, ClockSettings

REAL = ClockSettings(mode=ClockMode.REAL)
BAD = Outcome(succeeded=False, status=500, error="the receiver is broken")


def test_what_was_planned_is_sent_by_the_next_process(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path) as first:
            await first.register()
            report = await first.trigger()
            assert not first.receiver.sent
        async with started(data_dir=tmp_path) as second:
            assert await second.emulator.settle()
            assert second.sent() == [("order.created", 1, 0)]
            assert second.receiver.sent[0].job_id == report.deliveries[0].job_id
            assert await second.states() == [DeliveryState.SUCCEEDED]

    run(scenario())


def test_an_open_request_is_made_again_as_the_same_attempt(run: Any, started: Any, gate: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer, data_dir=tmp_path, clock=REAL) as first:
            await first.register()
            await first.trigger()
            await first.until(lambda: answer.waiting)
        assert answer.ended == 1
        async with started(data_dir=tmp_path, clock=REAL) as second:
            assert await second.emulator.settle(time_limit=10)
            assert second.sent() == [("order.created", 1, 0)]
            assert second.receiver.sent[0].job_id == first.receiver.sent[0].job_id
            _, attempts = second.emulator.journal.attempts()
            assert attempts == 1

    run(scenario())


def test_a_retry_keeps_its_number_and_its_time(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(lambda message: BAD, data_dir=tmp_path) as first:
            await first.register()
            await first.trigger()
            await first.emulator.advance(0)
            due = first.emulator.clock_state().next_due
            assert await first.states() == [DeliveryState.WAITING]
        async with started(data_dir=tmp_path) as second:
            assert second.emulator.clock_state().next_due == due
            await second.emulator.settle()
            assert second.sent() == [("order.created", 2, 0)]
            assert second.emulator.now() == due

    run(scenario())


def test_virtual_time_goes_on_where_it_was(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path) as first:
            await first.emulator.advance(90 * MINUTE)
            then = first.emulator.now()
        async with started(data_dir=tmp_path) as second:
            assert second.emulator.now() == then

    run(scenario())


def test_what_is_held_by_hand_stays_held_over_a_restart(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path) as first:
            await first.register()
            rule = await first.emulator.hold({"event": "order.created"})
            await first.trigger()
            assert await first.emulator.settle()
            [since] = [held.since for held in first.emulator.held()]
            await first.emulator.advance(10 * SECOND)
        async with started(data_dir=tmp_path) as second:
            assert [active.id for active in second.emulator.rules()] == [rule]
            [held] = second.emulator.held()
            assert held.since == since < second.emulator.now()
            assert held.why == f"by hand by rule {rule}"
            assert await second.emulator.settle()
            assert not second.receiver.sent
            assert await second.emulator.release() == 1
            assert await second.emulator.settle()
            assert second.keys() == ["order.created"]

    run(scenario())


def test_copies_of_what_is_held_by_hand_wait_for_it_over_a_restart(run: Any, started: Any, tmp_path: Path) -> None:
    """Those that are jobs of their own, too; but not a new job that somebody made when nothing was held any more."""

    async def scenario() -> None:
        async with started(data_dir=tmp_path) as first:
            await first.register()
            rule = await first.emulator.hold({"event": "order.created"})
            await first.emulator.add_rule({"id": "copy", "duplicate": {"copies": 1, "spacing": "3s"}})
            await first.emulator.add_rule(
                {"id": "job", "duplicate": {"copies": 2, "spacing": "5s", "identity": "new_job"}}
            )
            report = await first.trigger()
            for gone in (rule, "copy", "job"):
                await first.emulator.remove_rule(gone)
            await first.emulator.resend(report.deliveries[0].event, new_job=True)
            await first.emulator.retry("3")
            held = await first.states()
            assert await first.emulator.settle(time_limit=5)
            assert held == [DeliveryState.HELD, *[DeliveryState.PLANNED] * 3]
            assert len(first.receiver.sent) == 2
        for _ in range(2):
            async with started(data_dir=tmp_path) as again:
                assert await again.emulator.settle(time_limit=5)
                assert not again.receiver.sent
                assert [state.value for state in await again.states()] == ["held", "planned", "succeeded", "succeeded"]
        async with started(data_dir=tmp_path) as last:
            await last.emulator.advance(10 * SECOND)
            released = last.emulator.now()
            assert await last.emulator.release() == 1
            assert await last.emulator.settle(time_limit=5)
            assert [state.value for state in await last.states()] == ["succeeded"] * 4
            attempts, _ = last.emulator.journal.attempts(limit=3)
            assert [row.record.data["started_at"] - released for row in reversed(attempts)] == [
                0,
                3 * SECOND,
                5 * SECOND,
            ]

    run(scenario())


def test_what_was_reordered_goes_at_the_latest_moment(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        seed = 3  # its first order draws a displacement
        async with started(data_dir=tmp_path, seed=seed) as first:
            await first.register()
            await first.emulator.add_rule({"reorder": {"window": 50}})
            await first.trigger()
            [at] = [held.since for held in first.emulator.held()]
        async with started(data_dir=tmp_path, seed=seed) as second:
            assert not second.emulator.held()
            assert await second.states() == [DeliveryState.PLANNED]
            assert second.emulator.clock_state().next_due == at + 2 * SECOND
            assert await second.emulator.settle()
            assert await second.states() == [DeliveryState.SUCCEEDED]

    run(scenario())


def test_pauses_rules_and_counts_live_on(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path, profile="at_least_once") as first:
            await first.register()
            await first.emulator.remove_rule("copy")
            await first.emulator.add_rule({"id": "late", "times": 2, "delay": {"value": "1500us"}})
            await first.trigger()
            await first.emulator.pause("shop")
            before = [active.describe() for active in first.emulator.rules()]
        async with started(data_dir=tmp_path, profile="at_least_once") as second:
            assert [active.describe() for active in second.emulator.rules()] == before
            assert second.emulator.rules()[-1].hits == 1
            assert second.emulator.paused() == ["shop"]
            await second.emulator.settle()
            assert not second.receiver.sent
            await second.emulator.resume("shop")
        async with started(data_dir=tmp_path, profile="at_least_once") as third:
            assert third.emulator.paused() == []

    run(scenario())


def test_spans_of_rules_go_on_although_nothing_else_was_journalled(run: Any, started: Any, tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text("chaos: [{id: given, outage: {after: 10m, for: 5m}}]\n", encoding="utf-8")
    values = {"data_dir": tmp_path / "data", "clock": REAL, "profile": str(profile)}

    def since(shop: Any) -> dict[str, int]:
        return dict(shop.emulator.parts.dispatcher.planner.counts.since)

    async def scenario() -> None:
        async with started(**values) as first:
            await first.emulator.add_rule({"id": "out", "outage": {"after": "10m", "for": "5m"}})
            begun = since(first)
            assert begun.keys() == {"given", "out"}
        profile.write_text(
            "chaos: [{id: given, outage: {after: 10m, for: 5m}}, {id: new, outage: {after: 1h}}]\n", encoding="utf-8"
        )
        async with started(**values) as second:
            assert since(second) == {**since(second), **begun}
            later = since(second)
            assert later.keys() == {"given", "new", "out"}
        async with started(**values) as third:
            assert since(third) == later
            await third.emulator.reset()
            anew = since(third)
            assert anew["given"] > later["new"]
        async with started(**values) as fourth:
            assert since(fourth) == anew

    run(scenario())


def test_rules_that_were_switched_off_stay_so(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path, profile="at_least_once") as first:
            await first.register()
            await first.emulator.add_rule({"id": "gone", "times": 2, "drop": None})
            await first.trigger()
            for rule in ("copy", "lost-acknowledgement", "gone"):
                await first.emulator.switch_rule(rule, on=False)
            before = [active.describe() for active in first.emulator.rules()]
            assert {rule["id"]: rule["enabled"] for rule in before} == {
                "copy": False,
                "lost-acknowledgement": False,
                "gone": False,
            }
            assert before[-1]["hits"] == 1
        async with started(data_dir=tmp_path, profile="at_least_once") as second:
            assert [active.describe() for active in second.emulator.rules()] == before
            await second.trigger()
            assert await second.emulator.settle()
            assert second.keys() == ["order.created"], "once, in order, and not dropped"
            await second.emulator.switch_rule("gone", on=True)
            await second.trigger()
            await second.trigger()
            states = await second.states()
            assert states.count(DeliveryState.DROPPED) == 2, "one before, one after: twice in all"
        async with started(data_dir=tmp_path, profile="off") as third:
            assert {rule.id: rule.enabled for rule in third.emulator.rules()} == {"gone": True}

    run(scenario())


def test_another_profile_forgets_what_was_off_of_the_last_one(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(profile="at_least_once") as shop:
            await shop.emulator.add_rule({"id": "gone", "drop": None})
            for rule in ("copy", "gone"):
                await shop.emulator.switch_rule(rule, on=False)
            await shop.emulator.set_profile("at_least_once")
            assert {rule.id for rule in shop.emulator.rules() if not rule.enabled} == {"gone"}
            await shop.emulator.remove_rule("gone")
            await shop.emulator.add_rule({"id": "gone", "drop": None})
            assert all(rule.enabled for rule in shop.emulator.rules())

    run(scenario())


def test_lost_acknowledgements_are_counted_over_a_restart(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path) as first:
            await first.register()
            await first.emulator.add_rule({"id": "unheard", "times": 1, "ack_loss": {}})
            await first.trigger()
            await first.emulator.settle()
            assert first.sent() == [("order.created", 1, 0), ("order.created", 2, 0)]
        async with started(data_dir=tmp_path) as second:
            assert second.emulator.rules()[0].hits == 1
            await second.trigger()
            await second.emulator.settle()
            assert second.sent() == [("order.created", 1, 0)]

    run(scenario())


def test_a_profile_chosen_while_it_ran_lives_on_unless_the_start_asks_for_another(
    run: Any, started: Any, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path) as first:
            await first.emulator.set_profile("documented")
            await first.emulator.remove_rule("late")
        async with started(data_dir=tmp_path) as second:
            assert second.emulator.profile == "documented"
            assert "late" not in [active.id for active in second.emulator.rules()]
        async with started(data_dir=tmp_path, profile="hostile") as third:
            assert third.emulator.profile == "hostile"

    run(scenario())


def test_a_profile_file_that_has_gone_does_not_keep_the_next_process_from_starting(
    run: Any, started: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("chaos:\n  - {id: x, drop: {}}\n")

    async def scenario() -> None:
        async with started(data_dir=tmp_path / "data") as first:
            await first.emulator.set_profile(str(mine))
            await first.emulator.add_rule({"id": "y", "hold": {}})
        mine.unlink()
        async with started(data_dir=tmp_path / "data") as second:
            assert second.emulator.profile == "off"
            assert [active.id for active in second.emulator.rules()] == ["y"]

    run(scenario())
    assert "mine.yaml cannot be read" in caplog.text


def test_deliveries_of_an_integration_that_has_gone_are_cancelled_at_the_start(
    run: Any, started: Any, gate: Any, tmp_path: Path
) -> None:
    """The process ended between the removal and its consequences."""

    async def scenario() -> None:
        async with started(data_dir=tmp_path) as first:
            await first.register()
            await first.trigger()
            first.emulator.parts.dispatcher.cancel = lambda *_: []  # type: ignore[method-assign]
            await first.emulator.update_integration("shop", enabled=False)
            assert await first.states() == [DeliveryState.PLANNED]
        async with started(data_dir=tmp_path) as second:
            assert await second.states() == [DeliveryState.CANCELLED]
            assert await second.emulator.settle()
            assert not second.receiver.sent

    run(scenario())
