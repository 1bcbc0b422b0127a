"""Chaos: the rules that are in force, changed while it runs."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.dispatcher import Dispatcher
from emulator.core.fault_words import fault_words
from emulator.core.rule import Rule
from emulator.domain.errors import InvalidInput, UnknownWord, UserError
from emulator.loading.profiles import load_profile

CHAOS = "chaos"
"""Where the journal keeps the rules, for the next start."""
_log = logging.getLogger("emulator")


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
        legality = self.rule.legality.value
        return {**self.rule.describe(), "legality": legality, "source": self.source, "hits": self.hits}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A profile with its rules, those of them that were removed, and what was added to them.

    An added rule stands in for a profile's rule of the same id.
    """

    profile: str
    given: tuple[Rule, ...]
    removed: frozenset[str] = frozenset()
    added: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, profile: str) -> "RuleSet":
        """Raises UnknownWord, UserError and InvalidInput."""
        return cls(profile=profile, given=load_profile(profile).rules)

    @property
    def from_profile(self) -> tuple[Rule, ...]:
        """The profile's rules that are in force."""
        gone = self.removed | {rule.id for rule in self.added}
        return tuple(rule for rule in self.given if rule.id not in gone)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*self.from_profile, *self.added)

    def under(self, profile: str) -> "RuleSet":
        """Another profile; what was added stays. Raises UnknownWord, UserError and InvalidInput."""
        return replace(RuleSet.of(profile), added=self.added)

    def plus(self, mapping: Mapping[str, Any]) -> "RuleSet":
        """Raises InvalidInput, also for an id that is taken; without an id the fault's name, numbered, is it."""
        taken = {rule.id for rule in self.rules}
        rule = Rule.parse(mapping, default_id=_free_id(mapping, taken))
        if rule.id in taken:
            raise InvalidInput(
                f"there is a rule '{rule.id}' already; remove it first, or choose another id", path=("id",)
            )
        return replace(self, added=(*self.added, rule))

    def without(self, rule_id: str) -> "RuleSet":
        """Raises UnknownWord."""
        ids = [rule.id for rule in self.rules]
        if rule_id not in ids:
            raise UnknownWord("rule", rule_id, ids)
        added = tuple(rule for rule in self.added if rule.id != rule_id)
        return replace(self, added=added, removed=self.removed | {rule_id})


class Chaos:
    """The rules in force. A change is worked out first, journalled, and only then `put` in force."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        profile: str,
        now: Callable[[], int] = lambda: 0,
        saved: Mapping[str, Any] | None = None,
    ) -> None:
        """`profile` is the one asked for at this start; where the last one asked for the same, its changes live on.

        `now` is emulated time, from which the spans of rules count.
        """
        self._dispatcher = dispatcher
        self._now = now
        self._asked = profile
        self.rules = self._restored(saved or {})
        self.put(self.rules)

    @property
    def profile(self) -> str:
        return self.rules.profile

    def active(self) -> list[ActiveRule]:
        hits = self._dispatcher.planner.hits
        given = [ActiveRule(rule=rule, source="profile", hits=hits.get(rule.id, 0)) for rule in self.rules.from_profile]
        added = [ActiveRule(rule=rule, source="added", hits=hits.get(rule.id, 0)) for rule in self.rules.added]
        return given + added

    def put(self, rules: RuleSet) -> None:
        """These from now on: the dispatcher gets a new planner over the same dice."""
        self.rules = rules
        self._dispatcher.planner = self._dispatcher.planner.with_rules(rules.rules, self._now())

    def saved(self, rules: RuleSet) -> dict[str, Any]:
        """What the journal keeps of them, for the next start."""
        return {
            "asked": self._asked,
            "profile": rules.profile,
            "removed": sorted(rules.removed),
            "added": [rule.describe() for rule in rules.added],
        }

    def _restored(self, saved: Mapping[str, Any]) -> RuleSet:
        added = tuple(rule for mapping in saved.get("added", ()) if (rule := _again(mapping)) is not None)
        if saved.get("asked") != self._asked:
            return replace(RuleSet.of(self._asked), added=added)
        try:
            rules = RuleSet.of(saved["profile"])
        except UserError as error:
            _log.warning("%s; going on with the profile %s", error.sentence, self._asked)
            return replace(RuleSet.of(self._asked), added=added)
        return replace(rules, added=added, removed=frozenset(saved["removed"]))


def _again(mapping: Mapping[str, Any]) -> Rule | None:
    """A rule that was kept; None where its fault is not installed any more, or takes other fields now."""
    try:
        return Rule.parse(mapping)
    except InvalidInput as error:
        _log.warning("the rule '%s' is not in force any more: %s", mapping.get("id"), error.sentence)
        return None


def _free_id(mapping: Mapping[str, Any], taken: set[str]) -> str:
    kind = next((kind for kind in fault_words() if kind in mapping), "rule")
    number = 1
    while f"{kind}-{number}" in taken:
        number += 1
    return f"{kind}-{number}"
