"""Chaos: the rules that are in force, changed while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.core.dispatcher import Dispatcher
from emulator.core.faults import FAULTS
from emulator.core.rule import Rule
from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.loading.profiles import load_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRule:
    """A rule in force: where it came from (`profile` or `added`) and how often it has hit."""

    rule: Rule
    source: str
    hits: int

    @property
    def id(self) -> str:
        return self.rule.id

    def describe(self) -> dict[str, Any]:
        legality = FAULTS[self.rule.fault.kind].legality
        return {**self.rule.describe(), "legality": legality.value, "source": self.source, "hits": self.hits}


class Chaos:
    """A profile's rules, then the added ones. Every change gives the dispatcher a new planner over the same dice."""

    def __init__(self, dispatcher: Dispatcher, *, profile: str, added: Sequence[Mapping[str, Any]] = ()) -> None:
        self._dispatcher = dispatcher
        self._rules: tuple[Rule, ...] = ()
        self._added = [Rule.parse(mapping) for mapping in added]
        self.profile = profile
        self.use(profile)

    def active(self) -> list[ActiveRule]:
        hits = self._dispatcher.planner.hits
        given = [ActiveRule(rule=rule, source="profile", hits=hits.get(rule.id, 0)) for rule in self._rules]
        return given + [ActiveRule(rule=rule, source="added", hits=hits.get(rule.id, 0)) for rule in self._added]

    def use(self, profile: str) -> None:
        """Another profile; what was added stays. Raises UnknownWord."""
        self._rules = load_profile(profile).rules
        self.profile = profile
        self._renew()

    def add(self, mapping: Mapping[str, Any]) -> Rule:
        """Raises InvalidInput, also for an id that is taken; without an id the fault's name, numbered, is it."""
        taken = {active.id for active in self.active()}
        rule = Rule.parse(mapping, default_id=self._free_id(mapping, taken))
        if rule.id in taken:
            raise InvalidInput(
                f"there is a rule '{rule.id}' already; remove it first, or choose another id", path=("id",)
            )
        self._added.append(rule)
        self._renew()
        return rule

    def remove(self, rule_id: str) -> None:
        """Raises UnknownWord."""
        ids = [active.id for active in self.active()]
        if rule_id not in ids:
            raise UnknownWord("rule", rule_id, ids)
        self._added = [rule for rule in self._added if rule.id != rule_id]
        self._rules = tuple(rule for rule in self._rules if rule.id != rule_id)
        self._renew()

    def clear(self) -> None:
        """Back to the profile alone."""
        self._added = []
        self._rules = load_profile(self.profile).rules
        self._renew()

    def saved(self) -> dict[str, Any]:
        """What the journal keeps of it, for the next start."""
        return {"profile": self.profile, "added": [rule.describe() for rule in self._added]}

    def _renew(self) -> None:
        self._dispatcher.planner = self._dispatcher.planner.with_rules((*self._rules, *self._added))

    @staticmethod
    def _free_id(mapping: Mapping[str, Any], taken: set[str]) -> str:
        kind = next((kind for kind in FAULTS if kind in mapping), "rule")
        number = 1
        while f"{kind}-{number}" in taken:
            number += 1
        return f"{kind}-{number}"
