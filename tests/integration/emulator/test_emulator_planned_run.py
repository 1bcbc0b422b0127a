"""A run that keeps to a plan: what the plan says is sent, as it was planned or as somebody has edited it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.scenario import Scenario
from emulator.core.schedule import Schedule
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import MINUTE, SECOND, parse_instant
from emulator.harness.scenario_run import Played, play, settings_of
from emulator.harness.served_app import ServedApp
from emulator.loading.plan_file import PlanFile
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

STORY = """\
seed: {seed}
profile: documented
integrations:
  - {{name: shop, url: "${{RECEIVER_URL}}", observes: ["order.*", "transaction.*"]}}
  - {{name: erp, url: "${{RECEIVER_URL}}", observes: ["order.*"]}}
steps:
  - {{trigger: order.created, as: o1}}
  - {{trigger: order.paid, of: o1}}
  - settle
  - {{trigger: order.fulfilled, of: o1, after: 3m}}
  - repeat: {{count: 6, steps: [{{trigger: order.paid, after: 7s}}]}}
  - {{traffic: {{rate: 3/s, for: 20s, mix: {{order: 3, cart: 1}}}}}}
  - {{pause: erp}}
  - {{trigger: order.cancelled, burst: {{count: 4, over: 10s}}}}
  - {{resume: erp}}
  - phase: worse
    chaos:
      - {{id: twice, duplicate: {{copies: 1, spacing: 4s}}}}
      - {{id: odd, payload: unknown_field, probability: 0.5}}
      - {{id: cut, corrupt: truncate, probability: 0.2}}
      - {{id: away, outage: {{after: 1s, for: 2s}}}}
    steps: [{{trigger: order.refunded}}]
  - heal
  - {{trigger: order.created}}
chaos:
  - {{id: backwards, match: {{resource: o1}}, reorder: {{mode: reverse, window: 3}}}}
  - {{id: unheard, match: {{event: order.paid}}, ack_loss: {{times: 2}}}}
  - {{id: never, match: {{event: order.paid, nth: 2}}, drop: null}}
  - {{id: once-more, match: {{event: order.paid, nth: 3}}, duplicate: {{copies: 1, identity: new_job}}}}
"""
SHORT = """\
seed: 4
integrations: [{name: shop, url: "${RECEIVER_URL}", observes: [order.created, order.paid]}]
steps:
  - {trigger: order.created, as: o1}
  - {trigger: order.paid, of: o1, after: 10s}
"""
Seen = list[tuple[Any, ...]]
Edit = Callable[[dict[str, Any]], None]


class Receiver:
    """Keeps what comes, and refuses every `failing`-th first attempt."""

    def __init__(self, failing: int = 0) -> None:
        self.bodies: list[bytes] = []
        self._failing = failing

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.bodies.append(re.sub(rb"127\.0\.0\.1:?\d*", b"here", body))
        return Response(status_code=503 if self._failing and len(self.bodies) % self._failing == 0 else 204)


def _run(text: str, *, plan: Schedule | None = None, failing: int = 0) -> tuple[Played, Receiver]:
    """Plays a scenario, to a plan if there is one."""
    receiver = Receiver(failing)
    with ServedApp(Starlette(routes=[Route("/", receiver.take, methods=["POST"])])) as served:
        scenario = _scenario(text, served.url)
        return play(scenario, settings=settings_of(scenario, plan=plan)), receiver


def _scenario(text: str, url: str = "http://127.0.0.1:1/") -> Scenario:
    return parse_scenario(text, "story.yaml", {"RECEIVER_URL": f"{url}/"})


def _schedule(scenario: Scenario) -> Schedule:
    return Rehearsal(scenario, load_fixtures()).schedule()


def _edited(directory: Path, edit: Edit, text: str = SHORT) -> Schedule:
    """As a person would edit it: in the file, that is written and read again."""
    file = PlanFile(schedule=_schedule(_scenario(text)), scenario=text, scenario_name="story.yaml")
    document = json.loads(file.text)
    edit(document)
    path = directory / "plan.json"
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return PlanFile.read(path).schedule


def _sent(played: Played) -> Seen:
    """Every attempt, in the order in which they began."""
    known = {delivery["number"]: delivery for delivery in played.deliveries}
    attempts = sorted(played.attempts, key=lambda one: one["started_at"])
    return [
        (
            known[one["delivery"]]["event"],
            one["integration"],
            known[one["delivery"]]["job"],
            one["attempt"],
            one["copy"],
            parse_instant(one["started_at"]),
            tuple(sorted((fault["rule"], fault["detail"]) for fault in one["faults"])),
        )
        for one in attempts
    ]


def _planned(schedule: Schedule) -> Seen:
    return [
        (
            send.event,
            send.integration,
            send.job,
            send.attempt,
            send.copy,
            send.at,
            tuple(sorted((note.rule, note.detail) for note in send.faults)),
        )
        for send in schedule.sends
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_plan_is_kept_to_as_the_dice_would_have_it(seed: int) -> None:
    """The same messages, byte for byte, in the same order, by the same faults."""
    text = STORY.format(seed=seed)
    schedule = _schedule(_scenario(text))
    played, receiver = _run(text)
    again, other = _run(text, plan=schedule)
    assert sorted(_sent(again)) == sorted(_planned(schedule))
    assert sorted(_sent(again)) == sorted(_sent(played))
    assert sorted(other.bodies) == sorted(receiver.bodies)
    assert {(one["event"], one["integration"], one["state"]) for one in again.deliveries} == {
        (one["event"], one["integration"], one["state"]) for one in played.deliveries
    }
    assert {note.fault for send in schedule.sends for note in send.faults} >= {"payload", "corrupt", "ack_loss"}
    assert any(send.together for send in schedule.sends)
    assert any(send.job == 2 for send in schedule.sends)
    assert schedule.dropped


def test_what_goes_together_leaves_together() -> None:
    text = SHORT + "  - {trigger: order.paid, burst: {count: 3, over: 1s}}\nchaos: [{id: both, overlap: {count: 2}}]\n"
    schedule = _schedule(_scenario(text))
    played, _ = _run(text, plan=schedule)
    assert sorted(_sent(played)) == sorted(_planned(schedule))  # those of a group are answered in any order
    assert {send.together for send in schedule.sends} != {None}


def test_what_a_receiver_fails_is_retried_by_the_same_dice() -> None:
    text = SHORT.replace("seed: 4\n", "seed: 4\nprofile: at_least_once\n")
    text += (
        "  - {trigger: order.paid, rate: 1/s, for: 12s}\nchaos: [{id: late, match: {attempt: 2}, delay: {value: 9s}}]\n"
    )
    played, receiver = _run(text, failing=3)
    again, other = _run(text, plan=_schedule(_scenario(text)), failing=3)
    assert _sent(again) == _sent(played)
    assert other.bodies == receiver.bodies
    assert any(attempt["status"] == 503 for attempt in again.attempts)
    assert max(attempt["attempt"] for attempt in again.attempts) > 1


def test_what_was_moved_copied_and_taken_away_is_sent_so(tmp_path: Path) -> None:
    def edit(plan: dict[str, Any]) -> None:
        created, paid = plan["sends"]
        created["at"] = "30m"
        again = {**paid, "copy": 1, "at": paid["at"] + 5 * SECOND}
        plan["sends"] = [created, paid, again]

    schedule = _edited(tmp_path, edit)
    played, receiver = _run(SHORT, plan=schedule)
    paid, *_ = _schedule(_scenario(SHORT)).sends[1:]
    assert [(one[0], one[4], one[5]) for one in _sent(played)] == [
        ("o1/order.paid:1", 0, paid.at),
        ("o1/order.paid:1", 1, paid.at + 5 * SECOND),
        ("o1/order.created:1", 0, schedule.start + 30 * MINUTE),
    ]
    assert [json.loads(body)["triggered_by"] for body in receiver.bodies] == [
        "order.paid",
        "order.paid",
        "order.created",
    ]

    emptied = replace(schedule, sends=schedule.sends[:1])
    played, receiver = _run(SHORT, plan=emptied)
    assert len(receiver.bodies) == 1
    assert [one["state"] for one in played.deliveries] == ["dropped", "succeeded"]


def test_what_a_message_says_is_what_the_plan_says(tmp_path: Path) -> None:
    def edit(plan: dict[str, Any]) -> None:
        paid = next(event for event in plan["events"] if event["key"] == "order.paid")
        payload = json.loads(paid["payload"])
        payload["data"]["customer"]["name"] = "Another Name"
        paid["payload"] = json.dumps(payload)

    _, receiver = _run(SHORT, plan=_edited(tmp_path, edit))
    created, paid = (json.loads(json.loads(body)["resources"]) for body in receiver.bodies)
    assert paid["data"]["customer"]["name"] == "Another Name" != created["data"]["customer"]["name"]


def test_a_lost_acknowledgement_can_be_written_in(tmp_path: Path) -> None:
    def edit(plan: dict[str, Any]) -> None:
        first = plan["sends"][0]
        first["faults"] = [{"rule": "mine", "fault": "ack_loss"}]
        plan["sends"].append({**first, "attempt": 2, "at": "1m", "faults": []})

    played, receiver = _run(SHORT, plan=_edited(tmp_path, edit))
    assert [(one[0], one[3]) for one in _sent(played)] == [
        ("o1/order.created:1", 1),
        ("o1/order.paid:1", 1),
        ("o1/order.created:1", 2),
    ]
    assert len(receiver.bodies) == 3
    assert {one["state"] for one in played.deliveries} == {"succeeded"}


def test_a_step_after_settle_happens_when_it_is_planned_to(tmp_path: Path) -> None:
    """Although a send was moved beyond it."""
    text = SHORT.replace("  - {trigger: order.paid", "  - settle\n  - {trigger: order.paid")

    def edit(plan: dict[str, Any]) -> None:
        plan["sends"][0]["at"] = "1h"

    schedule = _edited(tmp_path, edit, text)
    played, _ = _run(text, plan=schedule)
    assert _sent(played) == sorted(_planned(schedule), key=lambda one: one[5])


PAUSED = SHORT + "  - settle\n  - {pause: shop}\n  - {sleep: 10m}\n  - {resume: shop}\n"


@pytest.mark.parametrize("chaos", ["", "chaos: [{id: late, delay: 2m}]\n"])
def test_what_is_planned_before_a_pause_leaves_before_it(chaos: str) -> None:
    schedule = _schedule(_scenario(PAUSED + chaos))
    played, _ = _run(PAUSED + chaos, plan=schedule)
    assert _sent(played) == _planned(schedule)


@pytest.mark.parametrize("chaos", ["", "chaos: [{id: late, delay: 2m}]\n"])
def test_what_is_planned_before_a_pause_leaves_before_it_on_a_running_clock(chaos: str) -> None:
    text = PAUSED.replace("seed: 4\n", "seed: 4\nclock: {mode: scaled, speed: 600}\n") + chaos
    played, _ = _run(text, plan=_schedule(_scenario(text)))
    created, paid = _sent(played)
    assert paid[5] - created[5] < 9 * MINUTE


def test_what_was_moved_beyond_a_pause_is_held_back_by_it(tmp_path: Path) -> None:
    def edit(plan: dict[str, Any]) -> None:
        plan["sends"][0]["at"] = "5m"

    schedule = _edited(tmp_path, edit, PAUSED)
    paid, created = _sent(_run(PAUSED, plan=schedule)[0])
    assert (paid[0], created[0]) == ("o1/order.paid:1", "o1/order.created:1")
    assert created[5] - schedule.start >= 10 * MINUTE


def _send(number: int, **changes: Any) -> Edit:
    return lambda plan: plan["sends"][number].update(changes)


def _sends(change: Callable[[list[Any]], Any]) -> Edit:
    def edit(plan: dict[str, Any]) -> None:
        change(plan["sends"])

    return edit


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (_send(0, event="o1/order.creatd:1"), r"sends\[0\].event: no event 'o1/order.creatd:1' happens; did you mean"),
        (_send(1, integration="shap"), r"sends\[1\].integration: unknown integration 'shap'; did you mean 'shop'"),
        (_send(1, at=0), r"sends\[1\].at: it would leave 10s before its event happens"),
        (_send(1, at="soon"), r"sends\[1\].at: 'soon' is not a duration"),
        (_send(1, at=-1), r"sends\[1\].at: expected 0 to \d+, found -1"),
        (_send(1, atempt=2), r"sends\[1\].atempt: unknown key 'atempt'; did you mean 'attempt'"),
        (_send(1, attempt=2), r"sends\[1\].attempt: attempt 1, which comes before it, is not planned"),
        (_send(1, copy=1), r"sends\[1\].copy: it is a copy of a send that is not planned; make it copy 0"),
        (_sends(lambda sends: sends.append(sends[0])), r"sends\[2\]: this send stands here twice"),
        (
            _sends(lambda sends: sends.append({**sends[0], "attempt": 2})),
            r"sends\[2\].attempt: nothing keeps attempt 1 from succeeding.*the fault ack_loss",
        ),
        (
            _sends(lambda sends: [send.update(together="both") for send in sends]),
            r"sends\[1\].together: 'both' names a group that goes at the same moment",
        ),
        (
            lambda plan: plan["dropped"].append({"event": plan["sends"][0]["event"], "integration": "shop"}),
            r"dropped\[0\]: it is dropped, and sent as well; keep one",
        ),
        (
            _send(1, treatments=[{"fault": "corupt", "how": {}}]),
            r"sends\[1\].treatments\[0\].fault: 'corupt' is no fault of one message; did you mean 'corrupt'",
        ),
        (
            _send(1, treatments=[{"fault": "delay", "how": {}}]),
            r"sends\[1\].treatments\[0\].fault: 'delay' is no fault of one message",
        ),
        (
            _send(1, treatments=[{"fault": "corrupt", "how": {"mode": "trunkate", "salt": 1}}]),
            r"sends\[1\].treatments\[0\].how: corrupt cannot do this: .*trunkate",
        ),
        (
            _send(1, treatments=[{"fault": "connection", "how": {"mode": "reset", "speed": 3}}]),
            r"sends\[1\].treatments\[0\].how: connection cannot do this: .*speed",
        ),
        (
            _send(1, treatments=[{"fault": "secret", "how": {"value": "wrong", "in": "heder", "salt": 1}}]),
            r"sends\[1\].treatments\[0\].how: secret cannot do this: .*heder",
        ),
        (lambda plan: plan["events"].append(plan["events"][0]), r"events\[\d\].identity: '.*' happens twice"),
        (lambda plan: plan["events"][0].update(payload="{"), r"events\[0\].payload: this is not JSON"),
        (lambda plan: plan.update(sends={}), "sends: expected a list"),
    ],
)
def test_a_plan_that_cannot_be_kept_to_is_refused_at_its_line(tmp_path: Path, edit: Edit, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=r"plan\.json:\d+:\d+: " + sentence):
        _edited(tmp_path, edit)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            lambda plan: plan["events"][0].update(at=5),
            "happens 1us after the beginning; a plan can move sends, not events",
        ),
        (
            lambda plan: plan["events"].append({**plan["events"][0], "identity": "o9/order.paid:1"}),
            "the shop does not raise 'o9/order.paid:1' any more",
        ),
        (lambda plan: plan["events"].pop(0), "the shop raises '.*' as well"),
        (lambda plan: plan.update(start=plan["start"] + 1), "its scenario begins at 2026-01-01T00:00:00"),
    ],
)
def test_other_events_than_the_shop_raises_are_refused_before_anything_is_sent(
    tmp_path: Path, edit: Edit, sentence: str
) -> None:
    plan = _edited(tmp_path, edit)
    with pytest.raises(InvalidInput, match=sentence):
        _run(SHORT, plan=plan)


def test_on_a_real_clock_sends_keep_their_distance_from_their_events(tmp_path: Path) -> None:
    text = SHORT.replace("seed: 4\n", "seed: 4\nclock: {mode: scaled, speed: 100}\n")

    def edit(plan: dict[str, Any]) -> None:
        plan["sends"][0]["at"] = "30s"

    played, _ = _run(text, plan=_edited(tmp_path, edit, text))
    (paid, created) = _sent(played)
    assert (paid[0], created[0]) == ("o1/order.paid:1", "o1/order.created:1")
    assert created[5] - paid[5] >= 15 * SECOND
