"""Hearing: what can be said afterwards of a fault that hit: how legal it is, and which draw decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emulator.core.dice import Dice
from emulator.core.fault import Legality
from emulator.core.fault_words import fault_kind
from emulator.core.faults.reorder import Reorder
from emulator.core.rule import Rule
from emulator.domain.delivery import DeliveryKey
from emulator.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`draw` hit because it is below `probability`. Each is None where it is not known (any more)."""

    legality: Legality | None = None
    draw: float | None = None
    probability: float | None = None


class Hearing:
    """About what happened under this seed; `rules` are those there are now. `drawn` says that chance decided: not a
    plan, and not a recording."""

    def __init__(self, seed: int, rules: Iterable[Rule], *, drawn: bool = True) -> None:
        self._dice = Dice(seed)
        self._rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}
        self._drawn = drawn

    def finding(self, note: Mapping[str, str], key: DeliveryKey, resource: str, attempt: int) -> Finding:
        """About a fault of one attempt. `resource` is the key of the event's.

        Draws are functions of the seed and of names. A rule of another kind that has the id by now is another rule; one
        whose probability the draw would not have passed was changed since, and no more is said of it.
        """
        rule = self._rules.get(note["rule"])
        if rule is not None and rule.fault.kind != note["fault"]:
            rule = None
        legality = rule.legality if rule is not None else _legality(note["fault"])
        if not self._drawn or (rule is None and note["fault"] == Reorder.kind):
            return Finding(legality=legality)
        per_resource = rule is not None and isinstance(rule.fault, Reorder) and rule.fault.per_resource
        what = resource if per_resource else key.event
        draws = [self._draw(note["rule"], what, key, job, attempt) for job in range(key.job, 0, -1)]
        if rule is None:
            return Finding(legality=legality, draw=draws[0] if key.job == 1 else None)
        # A copy with a job of its own shares the draw of the job that it copies.
        draw = next((draw for draw in draws if draw < rule.probability), None)
        return Finding(legality=legality, draw=draw, probability=None if draw is None else rule.probability)

    def _draw(self, rule: str, what: str, key: DeliveryKey, job: int, attempt: int) -> float:
        return self._dice.stream("rule", rule, what, key.integration, job, attempt).uniform()


def _legality(word: str) -> Legality | None:
    """Of the kind, where the rule is gone: some faults differ by mode."""
    try:
        kind = fault_kind(word)
    except InvalidInput:
        return None
    return None if kind is None else kind.legality
