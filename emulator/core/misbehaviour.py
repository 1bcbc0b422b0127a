"""Misbehaviour: what the rules about the API make of one call. Told the time; nothing here waits or answers."""

from collections import OrderedDict
from dataclasses import dataclass

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
        self._windows: dict[str, Window] = {}
        self._turns: OrderedDict[tuple[str, str], int] = OrderedDict()

    def judge(self, planner: Planner, method: str, path: str, now: int) -> Verdict:
        """One call, at `now` (microseconds of a clock that only goes forward). The first rule that refuses decides;
        latencies add up."""
        call = f"{method} {path}"[:_LONGEST_NAME]
        late, status, retry_after, refused = 0, None, None, ""
        faults: list[FaultNote] = []
        if self._limit is not None and not path.startswith("/oauth"):
            retry_after = self._whole.wait(self._limit, now)
            if retry_after is not None:
                status = TOO_MANY
                faults.append(_too_many(SETTING, self._limit))
        for rule in planner.about_calls:
            fault = rule.fault
            assert isinstance(fault, Api)
            if not fault.calls.covers(method, path):
                continue
            turn = self._turn(rule, call)
            wait = None if fault.rate_limit is None else self._window(rule).wait(fault.rate_limit, now)
            if status is not None or (wait is None and fault.error is None and fault.latency is None):
                continue
            stream = planner.hit(rule, call, turn)
            if stream is None:
                continue
            if fault.latency is not None and (drawn := fault.latency.draw(stream)):
                late += drawn
                faults.append(FaultNote(rule=rule.id, fault=Api.kind, detail=f"{format_duration(drawn)} late"))
            if wait is not None:
                assert fault.rate_limit is not None
                status, retry_after = TOO_MANY, wait
                faults.append(_too_many(rule.id, fault.rate_limit))
            elif fault.error is not None:
                status, refused = fault.error, f"{rule.id}|{call}|{turn}"
                faults.append(FaultNote(rule=rule.id, fault=Api.kind, detail=f"answered with {status}"))
        return Verdict(call=call, late=late, status=status, retry_after=retry_after, turn=refused, faults=tuple(faults))

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

    def _window(self, rule: Rule) -> Window:
        return self._windows.setdefault(rule.id, Window())


def _too_many(rule: str, limit: RateLimit) -> FaultNote:
    return FaultNote(rule=rule, fault=Api.kind, detail=f"answered with {TOO_MANY}: more than {limit}")
