"""The examination, with receivers that are only thought of: they are told what a rehearsal would send."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

import pytest

from emulator.core.card.aspect import ASPECTS, NOVELTY
from emulator.core.card.assess import NO_PROBE, QUEUE_TOOK_IT
from emulator.core.card.card import Card
from emulator.core.card.standing import Standing
from emulator.core.expectation import Converges
from emulator.core.fixture import Fixtures
from emulator.core.reading import Reading
from emulator.core.scenario import Scenario
from emulator.core.schedule import PlannedSend, Schedule
from emulator.core.step import Trigger
from emulator.core.verdict import Judgement, Verdict
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import to_micros
from emulator.harness.card.examiner import examine
from emulator.harness.card.sheet import Sheet
from emulator.harness.judging import judge
from emulator.harness.scenario_run import Played
from emulator.harness.trials import Trial
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

ATTEMPTS = 6
ORDERS = ["order.created", "order.paid", "order.fulfilled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`job` names the delivery, `secret` is how the secret is wrong, `fields` what the resource has."""

    key: str
    resource: str
    job: str
    attempt: int
    secret: str | None
    fields: frozenset[str]
    together: bool


@dataclass(slots=True)
class Sound:
    """Survives everything: each job once, a secret that is right, and nothing of what it does not know."""

    seen: list[Message] = field(default_factory=list)

    def take(self, message: Message) -> int:
        """The status of its answer."""
        if message.secret is not None:
            return 401
        if message.job not in {one.job for one in self.seen}:
            self.seen.append(message)
        return 200

    def state(self) -> Any:
        return sorted(one.job for one in self.seen if one.key != NOVELTY)


class NoKey(Sound):
    def take(self, message: Message) -> int:
        if message.secret is not None:
            return 401
        self.seen.append(message)
        return 200


class Strict(Sound):
    def take(self, message: Message) -> int:
        return 500 if any(name.startswith("emulator_") for name in message.fields) else super().take(message)


class NeedsCreated(Sound):
    """Refuses for ever what comes before its resource was created, though it says that it has taken it."""

    def take(self, message: Message) -> int:
        if message.secret is not None:
            return 401
        known = {one.resource for one in self.seen}
        if message.key == "order.created" or message.resource in known or message.key == NOVELTY:
            return super().take(message)
        return 200


class Races(Sound):
    def take(self, message: Message) -> int:
        if message.together and message.key == "order.paid":
            self.seen += [message, message]
        return super().take(message)


class Anybody(Sound):
    def take(self, message: Message) -> int:
        super().take(Message(**{**{name: getattr(message, name) for name in message.__slots__}, "secret": None}))
        return 200


class NoPaid(Sound):
    def take(self, message: Message) -> int:
        return 500 if message.key == "order.paid" else super().take(message)


class NoNews(Sound):
    def take(self, message: Message) -> int:
        return 422 if message.key == NOVELTY else super().take(message)


class TakesNote(Sound):
    def state(self) -> Any:
        return sorted(one.job for one in self.seen)


class Moody(Sound):
    """Never the same twice."""

    moods: ClassVar[Iterator[int]] = count()

    def state(self) -> Any:
        return next(self.moods)


class OneTwin(Sound):
    """Bears any one event twice, but not two of them."""

    def __init__(self) -> None:
        super().__init__()
        self.twins = 0

    def take(self, message: Message) -> int:
        before = len(self.seen)
        status = super().take(message)
        self.twins += status == 200 and len(self.seen) == before
        return status

    def state(self) -> Any:
        return [*super().state(), *(["one too many"] if self.twins > 1 else [])]


class Imagining:
    """Plays to a new one each time, and judges; `scenarios` are those that it was given."""

    def __init__(self, make: Callable[[], Sound], fixtures: Fixtures) -> None:
        self.make, self.fixtures = make, fixtures
        self.scenarios: list[Scenario] = []

    def __call__(self, scenario: Scenario, reproduce: str) -> Trial:
        self.scenarios.append(scenario)
        schedule = Rehearsal(scenario, self.fixtures).schedule()
        played = played_to(self.make(), scenario, schedule, list(schedule.sends))
        baseline = played_to(self.make(), scenario, schedule, calm(schedule))
        findings = []
        for place, finding in enumerate(judge(scenario, played, played.readings).findings):
            if place in played.readings:
                one, other = played.readings[place].value, baseline.readings[place].value
                verdict = Verdict.PASS if one == other else Verdict.FAIL
                finding = type(finding)(
                    expectation=finding.expectation,
                    place=finding.place,
                    verdict=verdict,
                    sentence=f"{one} in place of {other}",
                )
            findings.append(finding)
        judgement = Judgement.of(findings, settled=True, reproduce=reproduce)
        return Trial(scenario=scenario, schedule=schedule, played=played, baseline=baseline, judgement=judgement)


def calm(schedule: Schedule) -> list[PlannedSend]:
    """Each event once, in order."""
    heard = {(send.event, send.integration) for send in schedule.sends}
    return [
        PlannedSend(event.at, event.identity, name)
        for event in schedule.events
        for name in schedule.integrations
        if (event.identity, name) in heard
    ]


def played_to(receiver: Sound, scenario: Scenario, schedule: Schedule, waiting: list[PlannedSend]) -> Played:
    """What comes of it when it is sent these. What it refuses is tried again at the end."""
    events = schedule.by_identity
    queues = {one.name for one in scenario.integrations if one.integration_type is not IntegrationType.WEBHOOK}
    numbers: dict[tuple[str, str], int] = {}
    states: dict[int, str] = {}
    attempts: list[dict[str, Any]] = []
    while waiting:
        send = waiting.pop(0)
        number = numbers.setdefault((send.event, send.integration), len(numbers) + 1)
        event = events[send.event]
        said = json.loads(event.payload)
        new = {one.how["name"] for one in send.treatments if one.fault == "payload"}
        message = Message(
            key=event.key,
            resource=event.resource,
            job=send.event,
            attempt=send.attempt,
            secret=next((one.how["value"] for one in send.treatments if one.fault == "secret"), None),
            fields=frozenset(said.get("data", said)) | new,
            together=send.together is not None,
        )
        status = receiver.take(message)
        status = 200 if send.integration in queues else status
        lost = any(note.fault == "ack_loss" for note in send.faults)
        taken = status < 300 and not lost
        if send.copy == 0:
            states[number] = "succeeded" if taken else "exhausted"
            if not taken and not lost and send.attempt < ATTEMPTS:
                lasting = tuple(one for one in send.treatments if one.fault != "secret")
                waiting.append(send._replace(attempt=send.attempt + 1, treatments=lasting))
        attempts.append(
            {
                "delivery": number,
                "integration": send.integration,
                "attempt": send.attempt,
                "copy": send.copy,
                "started_at": to_micros(send.at),
                "ended_at": to_micros(send.at),
                "succeeded": taken,
                "status": None if lost else status,
                "error": "acknowledgement lost (injected)" if lost else None,
                "processing_time": 0.002,
                "faults": [note._asdict() for note in send.faults],
            }
        )
    deliveries = [
        {
            "number": number,
            "event": identity,
            "event_key": events[identity].key,
            "resource": events[identity].resource,
            "resource_id": events[identity].resource,
            "resource_type": events[identity].key.partition(".")[0],
            "integration": name,
            "state": states[number],
            "created_at": to_micros(events[identity].at),
            "attempts": len({one["attempt"] for one in attempts if one["delivery"] == number}),
        }
        for (identity, name), number in numbers.items()
    ]
    readings = {
        place: Reading(name="the state", expected=one.expected, value=receiver.state())
        for place, one in enumerate(scenario.expect)
        if isinstance(one.expected, Converges)
    }
    return Played(
        scenario=scenario,
        settled=True,
        events=len(schedule.events),
        deliveries=tuple(deliveries),
        attempts=tuple(attempts),
        readings=readings,
    )


@pytest.fixture(scope="module")
def fixtures() -> Fixtures:
    return load_fixtures(None)


def sheet(observes: list[str] = ORDERS, *, probe: bool = True, **integration: Any) -> Sheet:
    own = {"name": "shop", "url": "http://127.0.0.1:1/", "secret_key": "s3cret", "observes": observes, **integration}
    document = {
        "name": "shop",
        "integrations": [own],
        "steps": [{"trigger": "order.created"}],
        "expect": [{"converges": {"probe": "http://127.0.0.1:1/state"}}] if probe else [],
    }
    return Sheet.of(json.dumps(document), "shop.yaml", {})


def wrong(card: Card, standing: Standing = Standing.FAILS) -> dict[str, set[str | None]]:
    """The event types that stand so, by aspect."""
    found: dict[str, set[str | None]] = {}
    for line in card.lines:
        if line.standing is standing:
            found.setdefault(line.aspect, set()).add(line.event)
    return found


def line(card: Card, aspect: str, event: str | None) -> Any:
    return next(one for one in card.lines if (one.aspect, one.event) == (aspect, event))


def test_a_sound_one_gets_a_clean_card_in_few_runs(fixtures: Fixtures) -> None:
    play = Imagining(Sound, fixtures)
    card = examine(sheet(["order.*", "customer.*"]), play, fixtures)
    assert {one.standing for one in card.lines} == {Standing.TOLERATES}
    assert card.verdict is Verdict.PASS
    events = card.events("shop")
    assert len(events) == 11
    assert len(card.lines) == len(events) * (len(ASPECTS) - 1) + 1
    assert len(play.scenarios) == len(card.runs) == 15
    assert all(one.run in card.runs for one in card.lines)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (NoKey, {"duplicates": set(ORDERS), "redelivery": set(ORDERS)}),
        (Strict, {"new-fields": set(ORDERS)}),
        (
            NeedsCreated,
            {"out-of-order": {"order.created", "order.paid"}, "simultaneity": set(), "late": {"order.created"}},
        ),
        (Races, {"simultaneity": {"order.created", "order.paid", "order.fulfilled"}}),
        (Anybody, {"missing-secret": set(ORDERS), "wrong-secret": set(ORDERS)}),
        (NoPaid, {"plain": {"order.paid"}}),
        (NoNews, {"new-events": {None}}),
        (TakesNote, {}),
    ],
)
def test_each_mistake_shows_where_it_is(
    fixtures: Fixtures, make: Callable[[], Sound], expected: dict[str, set[str]]
) -> None:
    card = examine(sheet(), Imagining(make, fixtures), fixtures)
    assert wrong(card) == {aspect: events for aspect, events in expected.items() if events}
    assert (card.verdict is Verdict.FAIL) == bool(expected)


def test_what_fails_only_together_is_said_so(fixtures: Fixtures) -> None:
    card = examine(sheet(), Imagining(OneTwin, fixtures), fixtures)
    assert wrong(card) == {"duplicates": set(ORDERS), "redelivery": set(ORDERS)}
    found = line(card, "duplicates", "order.paid")
    assert found.sentence.startswith("when all are hit at once, though not alone: ")
    assert found.run == "duplicates"


def test_a_state_that_is_never_the_same_proves_nothing(fixtures: Fixtures) -> None:
    card = examine(sheet(), Imagining(Moody, fixtures), fixtures)
    assert wrong(card) == {}
    unknown = wrong(card, Standing.UNKNOWN)
    assert set(unknown) == {"duplicates", "redelivery", "out-of-order", "simultaneity", "late"}
    assert line(card, "late", "order.paid").sentence.startswith("two runs without faults end differently: ")
    assert card.verdict is Verdict.INCONCLUSIVE


def test_without_a_probe_only_answers_prove_anything(fixtures: Fixtures) -> None:
    card = examine(sheet(probe=False), Imagining(NoKey, fixtures), fixtures)
    assert wrong(card) == {}
    assert set(wrong(card, Standing.UNKNOWN)) == {"duplicates", "redelivery", "out-of-order", "simultaneity", "late"}
    assert line(card, "duplicates", "order.paid").sentence == NO_PROBE
    strict = examine(sheet(probe=False), Imagining(Strict, fixtures), fixtures)
    assert wrong(strict) == {"new-fields": set(ORDERS)}


def test_what_it_does_not_take_at_all_is_not_examined_further(fixtures: Fixtures) -> None:
    card = examine(sheet(), Imagining(NoPaid, fixtures), fixtures)
    paid = {one.aspect: one for one in card.lines if one.event == "order.paid"}
    assert paid["plain"].sentence == "it answered 500 at the last of 6 attempts"
    assert {one.standing for name, one in paid.items() if name not in ("plain", "in-time")} == {Standing.UNKNOWN}
    assert {one.standing for one in card.lines if one.event == "order.created"} == {Standing.TOLERATES}


def test_a_state_that_takes_note_of_a_new_event_is_for_people_to_judge(fixtures: Fixtures) -> None:
    card = examine(sheet(), Imagining(TakesNote, fixtures), fixtures)
    assert wrong(card, Standing.UNKNOWN) == {"new-events": {None}}
    assert "only you know" in line(card, "new-events", None).sentence


def test_a_queue_is_not_asked_for_what_only_webhooks_have(fixtures: Fixtures) -> None:
    queue = sheet()
    document = {**queue.document, "integrations": [{"name": "shop", "type": "aws_sqs", "observes": ORDERS}]}
    card = examine(Sheet.of(json.dumps(document), "shop.yaml", {}), Imagining(Sound, fixtures), fixtures)
    unasked = wrong(card, Standing.NOT_APPLICABLE)
    assert set(unasked) == {"slow-path", "in-time", "missing-secret", "wrong-secret"}
    assert line(card, "wrong-secret", "order.paid").sentence == "a queue's messages carry no secret"
    assert card.verdict is Verdict.PASS


def test_a_queue_without_a_probe_proves_nothing(fixtures: Fixtures) -> None:
    document = {"integrations": [{"name": "shop", "type": "stomp", "observes": ORDERS}], "steps": [{"sleep": "1s"}]}
    card = examine(Sheet.of(json.dumps(document), "shop.yaml", {}), Imagining(Sound, fixtures), fixtures)
    assert {one.standing for one in card.lines} == {Standing.UNKNOWN, Standing.NOT_APPLICABLE}
    assert line(card, "plain", "order.paid").sentence == QUEUE_TOOK_IT


def test_without_a_secret_there_is_nothing_to_check(fixtures: Fixtures) -> None:
    open_to_all = sheet()
    document = {**open_to_all.document, "integrations": [{"name": "shop", "url": "http://127.0.0.1:1/"}]}
    document["integrations"][0]["observes"] = ["file.created"]
    card = examine(Sheet.of(json.dumps(document), "shop.yaml", {}), Imagining(Sound, fixtures), fixtures)
    assert wrong(card, Standing.NOT_APPLICABLE) == {
        name: {"file.created"} for name in ("out-of-order", "simultaneity", "missing-secret", "wrong-secret")
    }


def test_two_integrations_are_examined_one_after_the_other(fixtures: Fixtures) -> None:
    both = sheet()
    own = both.document["integrations"][0]
    document = {**both.document, "integrations": [own, {**own, "name": "mail", "observes": ["order.paid"]}]}
    play = Imagining(Sound, fixtures)
    card = examine(Sheet.of(json.dumps(document), "shop.yaml", {}), play, fixtures)
    assert [one.name for one in card.integrations] == ["shop", "mail"]
    assert wrong(card) == {}
    assert "mail-duplicates-order.paid" in card.runs
    rules = [rule for one in play.scenarios for rule in one.rules if one.name == "mail-duplicates-order.paid"]
    assert [rule.match.integration for rule in rules] == ["mail"]


def test_probes_that_ask_for_the_scenario_s_own_resources_have_them(fixtures: Fixtures) -> None:
    own = sheet()
    document = {
        **own.document,
        "steps": [{"trigger": "order.created", "as": "order-1"}, {"sleep": "1h"}],
        "expect": [{"converges": {"probe": "http://127.0.0.1:1/orders/{{order-1.id}}"}}],
    }
    play = Imagining(Sound, fixtures)
    examine(Sheet.of(json.dumps(document), "shop.yaml", {}), play, fixtures)
    steps = [step for step in play.scenarios[0].steps if isinstance(step, Trigger)]
    assert [(step.key, step.alias or step.of) for step in steps][:3] == [
        ("order.created", "order-1"),
        ("order.created", "order-2"),
        ("order.paid", "order-2"),
    ]


def test_what_no_step_raises_is_said(fixtures: Fixtures) -> None:
    card = examine(sheet(["integration.*", "file.created"]), Imagining(Sound, fixtures), fixtures)
    assert card.events("shop") == ["file.created"]
    names = "integration.created, integration.updated, integration.deleted"
    assert card.remarks == [f"Not examined: {names}, which no step of a scenario raises."]
