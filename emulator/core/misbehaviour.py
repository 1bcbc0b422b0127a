"""Misbehaviour: what the rules about the API make of one call. Told the time; nothing here waits or answers."""

from collections import OrderedDict
from dataclasses import dataclass, replace

from emulator.core.call_match import TOKENS
from emulator.core.faults.api import Api
from emulator.core.plan import Planner
from emulator.core.rate_limit import RateLimit, Window
from emulator.core.rule import Rule
from emulator.domain.delivery import FaultNote
from emulator.domain.moment import format_duration

SETTING = "--rate-limit"
"""Stands where a rule's id does for the limit of the whole surface."""
TOO_MANY = 429
_LONGEST_NAME = 200
_MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of one call, `call` being its method and path.

    `late` is how long the answer waits; `status` refuses the call (None: it is done), with `retry_after` where the
    caller is told when to come again. Durations are microseconds of wall time. `turn` tells this refusal from others.
    """

    call: str
    late: int = 0
    status: int | None = None
    retry_after: int | None = None
    turn: str = ""
    faults: tuple[FaultNote, ...] = ()


class Misbehaviour:
    """Counts the calls of each rule: a decision draws from the stream of the rule, the call and its how-manieth.

    Counts of the calls made longest ago are given up past ten thousand, so a receiver that never asks for the same
    thing twice costs no memory; a call forgotten counts from 1 again.
    """

    def __init__(self, limit: RateLimit | None = None) -> None:
        """`limit` is that of the whole surface, beside the rules."""
        self._limit = limit
        self._whole = Window()
        self._windows: dict[str, tuple[Rule, Window]] = {}
        self._turns: OrderedDict[tuple[str, str], int] = OrderedDict()

    def judge(self, planner: Planner, method: str, path: str, now: int, *, at: int | None = None) -> Verdict:
        """One call, at `now` (microseconds of a clock that only goes forward), `at` in emulated time.

        The rules are asked in their order: latencies add up, and once one refuses the call the rest only count it.
        """
        verdict = self._within_limit(f"{method} {path}"[:_LONGEST_NAME], path, now)
        for rule in planner.about_calls:
            fault = rule.fault
            assert isinstance(fault, Api)
            if fault.calls.covers(method, path):
                turn = self._turn(rule, verdict.call)
                if not planner.in_span(rule, at):
                    continue
                limit = fault.rate_limit
                wait = None if limit is None else self._window(rule, planner).wait(limit, now)
                if verdict.status is None:
                    verdict = _under(verdict, rule, fault, planner, turn, wait)
        return verdict

    def clear(self) -> None:
        """Back to the beginning: every call is the first of its kind again."""
        self._turns.clear()
        self._windows.clear()
        self._whole = Window()

    def _turn(self, rule: Rule, call: str) -> int:
        name = (rule.id, call)
        turn = self._turns.pop(name, 0) + 1
        self._turns[name] = turn
        while len(self._turns) > _MOST_COUNTED:
            self._turns.popitem(last=False)
        return turn

    def _window(self, rule: Rule, planner: Planner) -> Window:
        """Of this very rule: one of the same id that is in force no more leaves nothing behind."""
        known, window = self._windows.get(rule.id, (None, Window()))
        if known is not rule:
            there = {one.id for one in planner.about_calls}
            self._windows = {name: kept for name, kept in self._windows.items() if name in there}
            window = Window()
            self._windows[rule.id] = rule, window
        return window

    def _within_limit(self, call: str, path: str, now: int) -> Verdict:
        """What the limit of the whole surface makes of it."""
        if self._limit is None or path.startswith(TOKENS):
            return Verdict(call=call)
        wait = self._whole.wait(self._limit, now)
        if wait is None:
            return Verdict(call=call)
        return Verdict(call=call, status=TOO_MANY, retry_after=wait, faults=(_too_many(SETTING, self._limit),))


def _under(verdict: Verdict, rule: Rule, fault: Api, planner: Planner, turn: int, wait: int | None) -> Verdict:
    """The verdict so far under one rule more. `wait` is how long a call beyond the rule's limit is to wait."""
    if wait is None and fault.error is None and fault.latency is None:
        return verdict
    stream = planner.hit(rule, verdict.call, turn)
    if stream is None:
        return verdict
    if fault.latency is not None and (late := fault.latency.draw(stream)):
        note = FaultNote(rule=rule.id, fault=Api.kind, detail=f"{format_duration(late)} late")
        verdict = replace(verdict, late=verdict.late + late, faults=(*verdict.faults, note))
    if wait is not None and fault.rate_limit is not None:
        note = _too_many(rule.id, fault.rate_limit)
        return replace(verdict, status=TOO_MANY, retry_after=wait, faults=(*verdict.faults, note))
    if fault.error is not None:
        note = FaultNote(rule=rule.id, fault=Api.kind, detail=f"answered with {fault.error}")
        refused = f"{rule.id}|{verdict.call}|{turn}"
        return replace(verdict, status=fault.error, turn=refused, faults=(*verdict.faults, note))
    return verdict


def _too_many(rule: str, limit: RateLimit) -> FaultNote:
    return FaultNote(rule=rule, fault=Api.kind, detail=f"answered with {TOO_MANY}: more than {limit}")
