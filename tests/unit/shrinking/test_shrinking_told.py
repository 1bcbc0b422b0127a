"""Told: a scenario that says what each of its lines is for, and a test for pytest."""

from dataclasses import replace
from typing import Any

import pytest

from emulator.core.scenario import Receiver
from emulator.core.verdict import Verdict
from emulator.harness.shrinking import telling
from emulator.harness.shrinking.draft import Draft, Drafting
from emulator.harness.shrinking.files import small_name, smaller_case
from emulator.harness.shrinking.frequency import Frequency
from emulator.harness.shrinking.pins import Pin
from emulator.harness.shrinking.shrink import Shrunk
from emulator.loading.case_file import CaseFile

OBSERVED = (("shop", "order.created"), ("shop", "order.paid"))


@pytest.fixture(scope="module")
def case(world: Any) -> CaseFile:
    receiver = world.receiver("counts_twice")
    seed = next(n for n in range(1, 40) if receiver.run(world.scenario(seed=n)).judgement.verdict is Verdict.FAIL)
    found, _ = world.case(receiver, seed=seed)
    assert isinstance(found, CaseFile)
    return found


@pytest.fixture
def shrunk(world: Any, case: CaseFile) -> Shrunk:
    """The first order and its payment, and one fault of which a test says more."""
    scenario = case.played({})
    commands, retelling = world.told(scenario)
    draft = Draft(commands=(commands.all[0], commands.all[3]), pins=(), observed=OBSERVED, spaced=True)
    drafting = Drafting(
        {"expect": [{"converges": {"probe": "http://127.0.0.1:1/state"}}]},
        retelling,
        name="x",
        description="y",
        seed=case.seed,
        failed=(0,),
        names={},
    )
    trial = world.receiver("counts_twice").run(scenario)
    trial = replace(trial, judgement=replace(case.judgement, findings=case.judgement.findings[-1:]))
    return Shrunk(
        draft=draft,
        drafting=drafting,
        whole=replace(draft, commands=commands.all),
        trial=trial,
        frequency=Frequency(failed=3, runs=10),
        sure=False,
        runs=7,
    )


def with_pin(
    shrunk: Shrunk, fault: str, how: dict[str, Any], *, attempt: int | None = None, both: bool = False
) -> Shrunk:
    paid = next(ref for ref in shrunk.draft.commands[1].events if ref.key == "order.paid")
    created = next(ref for ref in shrunk.draft.commands[0].events if ref.key == "order.created")
    events = (created, paid) if both else (paid,)
    pin = Pin(events=events, integration="shop", fault=fault, how=how, attempt=attempt)
    whole = replace(shrunk.whole, pins=(pin, replace(pin, fault="outage")))
    return replace(shrunk, draft=replace(shrunk.draft, pins=(pin,)), whole=whole)


@pytest.mark.parametrize("receiver", [{"command": "python receiver.py"}, {"url": "http://127.0.0.1:1/"}])
def test_a_receiver_that_is_started_keeps_the_queues_that_it_expects(
    world: Any, case: CaseFile, shrunk: Shrunk, receiver: dict[str, str]
) -> None:
    """It would not find where they are; nothing is sent there."""
    elsewhere = {"type": "stomp", "addresses": ["stomp://127.0.0.1:1"], "destination": "orders"}
    written: dict[str, Any] = {
        "integrations": [
            {"name": "shop", "url": "http://127.0.0.1:1/", "observes": ["order.*"]},
            {"name": "erp", "url": "http://127.0.0.1:1/"},
            {"name": "queue", "type": "aws_sqs", "observes": ["cart.*"]},
            {"name": "line", **elsewhere},
        ],
        "receiver": receiver,
        "expect": [],
    }
    _, retelling = world.told(case.played({}))
    drafting = Drafting(written, retelling, name="x", description="", seed=case.seed, failed=(), names={})
    kept = drafting.document(shrunk.draft)["integrations"]
    queue = {"name": "queue", "type": "aws_sqs", "observes": ["cart.*"], "enabled": False}
    assert kept[1:] == ([queue] if "command" in receiver else [])


@pytest.mark.parametrize(
    ("fault", "how", "attempt", "both", "sentence"),
    [
        ("delay", {"value": 10_000_000}, None, False, "order.paid comes 10s late"),
        ("duplicate", {"copies": 2}, None, False, "order.paid is sent 3 times"),
        ("duplicate", {"copies": 1, "identity": "new_job"}, None, False, "order.paid is sent 2 times, each time as"),
        ("ack_loss", {"times": 1}, None, False, "order.paid is accepted, but the acknowledgement gets lost, so that"),
        ("ack_loss", {"times": 2}, None, False, "order.paid is accepted, but the acknowledgement gets lost 2 times"),
        ("overlap", {"count": 2}, None, True, "order.created and order.paid go at the same moment: all are written"),
        ("drop", {}, None, False, "order.paid is never sent"),
        ("hold", {}, None, False, "order.paid is held, and not released"),
        ("outage", {}, 2, False, "nobody is there when attempt 2 of order.paid is made"),
        (
            "payload",
            {"mode": "unknown_field"},
            None,
            False,
            "every attempt of order.paid is changed on its way",
        ),
        (
            "secret",
            {"value": "wrong", "in": "header"},
            1,
            False,
            "attempt 1 of order.paid is changed on its way",
        ),
    ],
)
def test_each_fault_is_told_in_a_sentence_and_written_as_a_rule(
    world: Any,
    case: CaseFile,
    shrunk: Shrunk,
    fault: str,
    how: dict[str, Any],
    attempt: int | None,
    both: bool,
    sentence: str,
) -> None:
    text = telling.told(with_pin(shrunk, fault, how, attempt=attempt, both=both), case, "small.yaml")
    assert f"  # {sentence}" in text
    [rule] = world.scenario(text).rules
    assert rule.fault.kind == fault
    assert rule.match.attempt == attempt
    assert all(len(line) <= 120 for line in text.splitlines() if line.lstrip().startswith("#"))


def test_the_head_says_how_little_is_enough_and_how_sure_that_is(case: CaseFile, shrunk: Shrunk) -> None:
    found = with_pin(shrunk, "duplicate", {"copies": 1})
    text = telling.told(found, replace(case, forward_to="http://localhost:8000/hook"), "small.yaml")
    assert text.splitlines()[:4] == [
        f"# Shrunk from case {case.name}: 2 of 4 events and 1 of 2 faults are enough.",
        "# It fails 3 of 10 times.",
        "# It was broken off before it was certain that nothing more can be left out.",
        "# Play it with: epcc-emulator run small.yaml --forward-to http://localhost:8000/hook",
    ]
    assert "  # fails: it is not what it is without faults\n" in text
    assert "  # delivered: order.created; nobody observes cart.updated\n" in text
    secret = telling.told(found, replace(case, forward_to="http://me:****@localhost/"), "small.yaml")
    assert "run small.yaml --forward-to URL\n" in secret


def test_the_test_delivers_or_runs_the_receiver(case: CaseFile, shrunk: Shrunk) -> None:
    there = telling.tested(shrunk, replace(case, forward_to="http://localhost:9/hook"), "small.yaml")
    assert 'epcc.play(forward_to=os.environ.get("RECEIVER_URL", "http://localhost:9/hook"))' in there
    own = replace(shrunk.trial.scenario, receiver=Receiver(command="python shop.py {port}"))
    started = telling.tested(replace(shrunk, trial=replace(shrunk.trial, scenario=own)), case, "small.yaml")
    assert "    epcc.run()\n" in started
    assert "import os" not in started
    for module in (there, started):
        compile(module, "test_small.py", "exec")
        assert "@pytest.mark.epcc(scenario=str(SCENARIO))\ndef test_two_orders_" in module


def test_the_smaller_case_is_of_the_scenario_as_it_is_written(world: Any, case: CaseFile, shrunk: Shrunk) -> None:
    text = telling.told(shrunk, case, "small.yaml")
    smaller = smaller_case(shrunk, case, text, "small.yaml", world.fixtures, {})
    assert smaller.name == small_name(case) == small_name(smaller) == f"{case.name}-shrunk"
    assert smaller.scenario == text
    line = next(n for n, each in enumerate(text.splitlines(), start=1) if "- {converges" in each)
    assert [one.place for one in smaller.judgement.findings] == [f"small.yaml:{line}:5: expect[0]"]
    assert len(smaller.plan.sends) == 2
