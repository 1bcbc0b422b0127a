"""A simulated day on which everything goes wrong: window, time line, figures and filters agree with its records."""

from collections import Counter
from functools import cache

from emulator.core.dice import Dice
from emulator.core.dispatcher import Dispatcher
from emulator.core.plan import Planner
from emulator.core.retry import RetryPolicy
from emulator.core.rule import Rule
from emulator.core.scribe import Scribe
from emulator.core.simulate import simulate
from emulator.domain.delivery import DeliveryState, Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record, RecordKind
from emulator.harness.arrivals import Arrival, Arrivals
from tui.model.filter import parse
from tui.model.row import Row
from tui.model.statistics import Clocks, Statistics
from tui.model.timeline import MarkKind, timeline
from tui.model.timeline_grid import grid
from tui.model.told import told
from tui.model.trouble import troubles
from tui.model.viewport import whole
from tui.model.window import Window

LATE_AFTER = 5 * SECOND
RULES = (
    {"id": "late", "probability": 0.3, "delay": {"value": "9s"}},
    {"id": "mixed", "probability": 0.5, "reorder": {"window": 4}},
    {"id": "twice", "probability": 0.3, "duplicate": {"copies": 1}},
    {"id": "lost", "probability": 0.3, "ack_loss": {"times": 2}},
    {"id": "gone", "probability": 0.1, "drop": {}},
)


class NoBodies:
    def transport(self, integration_key: str) -> str:
        return "webhook"

    def in_body(self, text: str, number: int) -> bool:
        return False


@cache
def records() -> tuple[Record, ...]:
    """Those of two integrations and 200 events of 40 orders."""
    dice = Dice(7)
    dispatcher = Dispatcher(
        seed=7,
        planner=Planner(dice=dice, rules=[Rule.parse(rule) for rule in RULES]),
        retry=RetryPolicy(waits=(SECOND, SECOND)),
        scribe=Scribe(next_seq=1, last_at=0),
    )
    receivers = [
        Integration(
            key=name,
            id=name,
            name=name,
            integration_type=IntegrationType.WEBHOOK,
            observes=("order.updated",),
            configuration=WebhookConfiguration(url="http://127.0.0.1:9"),
            enabled=True,
            created_at=0,
            updated_at=0,
        )
        for name in ("erp", "shop")
    ]
    events = [
        Event(
            identity=f"order:{number % 40}/order.updated:{number // 40 + 1}",
            key="order.updated",
            resource=f"order:{number % 40}",
            resource_type="order",
            resource_id=str(number % 40),
            at=number * SECOND // 4 + 1,
            payload="{}",
        )
        for number in range(200)
    ]

    def answer(send: Send) -> Outcome:
        well = dice.stream("receiver", *send.delivery, send.attempt, send.copy).chance(0.6)
        return Outcome(succeeded=well, status=200 if well else 500, error=None if well else "HTTP 500")

    return tuple(simulate(dispatcher, events, receivers, answer=answer))


@cache
def seen() -> tuple[Window, Statistics]:
    window, statistics = Window(), Statistics()
    for record in records():
        change = window.tell(record)
        statistics.tell(record, change.before, change.after, record.at)
    return window, statistics


def rows() -> list[Row]:
    return list(seen()[0].rows.values())


def attempts() -> list[Record]:
    return [record for record in records() if record.kind is RecordKind.ATTEMPTED]


def test_the_day_has_everything() -> None:
    line = timeline(rows(), late_after=LATE_AFTER, now=0)
    kinds = Counter(mark.kind for lane in line.lanes for mark in lane.marks)
    over = set(MarkKind) - {MarkKind.HELD, MarkKind.PENDING, MarkKind.CANCELLED, MarkKind.UNSENT}
    assert {kind for kind in MarkKind if kinds[kind]} == over


def test_out_of_order_is_what_the_demo_calls_so() -> None:
    window = seen()[0]
    for lane in timeline(rows(), late_after=LATE_AFTER, now=0).arrived:
        came = [
            Arrival(
                event=row.event,
                event_key=row.event_key,
                resource=row.resource,
                job_id=row.job_id,
                attempt=record.attempt,
                happened_at=row.created_at,
                arrived_at=record.data["started_at"],
            )
            for record in sorted(attempts(), key=lambda record: (record.data["started_at"], record.delivery))
            if (row := window.rows[record.delivery]).integration == lane.name
            and (record.data["succeeded"] or record.data.get("lost"))
        ]
        arrivals = Arrivals(arrived=came, late_after=LATE_AFTER)
        passed = {mark.event: mark.passed_by_resource for mark in lane.marks if mark.passed_by is not None}
        assert passed == {late.event: other.resource for late, other in arrivals.out_of_order}
        again = Counter(mark.event for mark in lane.marks if mark.kind is MarkKind.DUPLICATE)
        assert again == {every[0].event: len(every) - 1 for every in arrivals.repeated}


def test_trouble_counts_what_the_marks_of_each_resource_show() -> None:
    for trouble in troubles(rows(), late_after=LATE_AFTER):
        lanes = timeline(rows(), late_after=LATE_AFTER, now=0, resource=trouble.resource).arrived
        marks = [mark for lane in lanes for mark in lane.marks]
        assert trouble.out_of_order == sum(mark.kind is MarkKind.OVERTAKEN for mark in marks)
        assert trouble.late == sum((mark.lateness or 0) > LATE_AFTER for mark in marks)
        assert trouble.twice == len({(mark.event, mark.delivery) for mark in marks if mark.kind is MarkKind.DUPLICATE})
        gone = [row for row in rows() if row.resource == trouble.resource and row.arrived_at is None]
        assert trouble.failed == sum(row.state is DeliveryState.EXHAUSTED for row in gone)


def test_figures_are_those_of_the_records() -> None:
    statistics = seen()[1]
    last = max(record.at for record in records())
    figures = statistics.figures(Clocks(emulated=last, wall=last))
    recent = [record for record in attempts() if record.at // SECOND > last // SECOND - 60]
    assert figures.recent == len(recent)
    assert figures.failed == sum(not record.data["succeeded"] for record in recent)
    assert figures.lateness is not None
    assert figures.lateness.most == max(row.lateness or 0 for row in rows())
    series = statistics.series(Clocks(emulated=last, wall=last))
    each = [statistics.series(Clocks(emulated=last, wall=last), name) for name in ("erp", "shop")]
    assert series.requests == [sum(both) for both in zip(*(one.requests for one in each), strict=True)]
    assert series.arrived == [sum(both) for both in zip(*(one.arrived for one in each), strict=True)]


def test_filters_find_what_the_records_say() -> None:
    def found(text: str) -> set[int]:
        return {row.number for row in rows() if parse(text).matches(row, NoBodies())}

    def noted(rule: str) -> set[int]:
        return {row.number for row in rows() if any(note.rule == rule for note in row.faults)}

    everything = {row.number for row in rows()}
    assert found("") == everything
    for rule in RULES:
        assert found(f"fault:{rule['id']}") == noted(str(rule["id"])) != set()
    assert found("status:settled") == found("status:ok | status:exhausted | status:dropped") == everything
    assert found("!integration:erp") == found("integration:shop")
    assert found("late:>5s") == {row.number for row in rows() if (row.lateness or 0) > LATE_AFTER}
    sends = Counter(record.delivery for record in attempts())
    assert found("sent:>1") == {number for number, count in sends.items() if count > 1}


def test_every_row_and_every_mark_can_be_shown() -> None:
    for row in rows():
        shown = told(row, now=row.created_at, ascii_only=True)
        assert "".join(map(str, shown)).isascii()
        assert shown.status
    line = timeline(rows(), late_after=LATE_AFTER, now=0)
    for width in (1, 20, 200):
        drawn = grid(line, whole(line), width)
        assert sum(cell.how_many for lane in drawn.lanes for cell in lane.cells) == sum(
            len(lane.marks) for lane in line.lanes
        )
