"""Chaos: the rules that are in force, changed while it runs."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.dispatcher import Dispatcher
from emulator.core.fault_words import fault_words
from emulator.core.plan import Planner
from emulator.core.rule import Rule
from emulator.domain.errors import InvalidInput, UnknownWord, UserError
from emulator.loading.profiles import load_profile

CHAOS = "chaos"
"""Where the journal keeps the rules, for the next start."""
_log = logging.getLogger("emulator")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRule:
    """A rule: where it came from (`profile` or `added`), how often it has hit, and whether it is in force."""

    rule: Rule
    source: str
    hits: int
    enabled: bool = True

    @property
    def id(self) -> str:
        return self.rule.id

    def describe(self) -> dict[str, Any]:
        legality = self.rule.legality.value
        return {**self.rule.describe(), "legality": legality, "source": self.source, "hits": self.hits} | {
            "enabled": self.enabled
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A profile with its rules, those of them that were removed, and what was added to them.

    An added rule stands in for a profile's rule of the same id. `disabled` ones of either are there, but not in force.
    """

    profile: str
    given: tuple[Rule, ...]
    removed: frozenset[str] = frozenset()
    added: tuple[Rule, ...] = ()
    disabled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, profile: str) -> "RuleSet":
        """Raises UnknownWord, UserError and InvalidInput."""
        return cls(profile=profile, given=load_profile(profile).rules)

    @property
    def from_profile(self) -> tuple[Rule, ...]:
        """The profile's rules that were neither removed nor replaced."""
        gone = self.removed | {rule.id for rule in self.added}
        return tuple(rule for rule in self.given if rule.id not in gone)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*self.from_profile, *self.added)

    @property
    def in_force(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.id not in self.disabled)

    @property
    def resting(self) -> tuple[Rule, ...]:
        """Those that are disabled."""
        return tuple(rule for rule in self.rules if rule.id in self.disabled)

    def under(self, profile: str) -> "RuleSet":
        """Another profile; what was added stays. Raises UnknownWord, UserError and InvalidInput."""
        return RuleSet.of(profile).with_added(self.added, self.disabled)

    def with_added(self, added: tuple[Rule, ...], disabled: frozenset[str]) -> "RuleSet":
        """These added, those of them that were disabled still so."""
        return replace(self, added=added, disabled=disabled & {rule.id for rule in added})

    def switched(self, rule_id: str, *, on: bool) -> "RuleSet":
        """Raises UnknownWord."""
        self._require(rule_id)
        return replace(self, disabled=self.disabled - {rule_id} if on else self.disabled | {rule_id})

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
        self._require(rule_id)
        added = tuple(rule for rule in self.added if rule.id != rule_id)
        return replace(self, added=added, removed=self.removed | {rule_id}, disabled=self.disabled - {rule_id})

    def _require(self, rule_id: str) -> None:
        ids = [rule.id for rule in self.rules]
        if rule_id not in ids:
            raise UnknownWord("rule", rule_id, ids)


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
        """All there are, the profile's first; those that are disabled too."""
        rules, hits = self.rules, self._dispatcher.planner.hits
        return [
            ActiveRule(rule=rule, source=source, hits=hits.get(rule.id, 0), enabled=rule.id not in rules.disabled)
            for source, some in (("profile", rules.from_profile), ("added", rules.added))
            for rule in some
        ]

    def put(self, rules: RuleSet, at: int | None = None) -> None:
        """These from now on, or from `at`: the dispatcher gets a new planner over the same dice."""
        self.rules = rules
        self._dispatcher.planner = self._planner(rules, self._now() if at is None else at)

    def counts(self, rules: RuleSet, at: int) -> Mapping[str, Any]:
        """What the journal keeps of what rules have come to, where these are in force from `at` on."""
        return self._planner(rules, at).unsaved_counts() or {}

    def _planner(self, rules: RuleSet, at: int) -> Planner:
        return self._dispatcher.planner.with_rules(rules.in_force, at, resting=rules.resting)

    def saved(self, rules: RuleSet) -> dict[str, Any]:
        """What the journal keeps of them, for the next start."""
        return {
            "asked": self._asked,
            "profile": rules.profile,
            "removed": sorted(rules.removed),
            "disabled": sorted(rules.disabled),
            "added": [rule.describe() for rule in rules.added],
        }

    def _restored(self, saved: Mapping[str, Any]) -> RuleSet:
        added = tuple(rule for mapping in saved.get("added", ()) if (rule := _again(mapping)) is not None)
        disabled = frozenset(saved.get("disabled", ()))
        if saved.get("asked") != self._asked:
            return RuleSet.of(self._asked).with_added(added, disabled)
        try:
            rules = RuleSet.of(saved["profile"])
        except UserError as error:
            _log.warning("%s; going on with the profile %s", error.sentence, self._asked)
            return RuleSet.of(self._asked).with_added(added, disabled)
        there = {rule.id for rule in (*rules.given, *added)}
        return replace(rules, added=added, removed=frozenset(saved["removed"]), disabled=disabled & there)


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
