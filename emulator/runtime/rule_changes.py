"""Rule changes: profiles and rules, put in force while everything runs, and journalled."""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.core.faults.hold import HoldBack
from emulator.domain.errors import UnknownWord
from emulator.domain.record import RecordKind, Transaction
from emulator.runtime.acceptance import Happening
from emulator.runtime.chaos import CHAOS, ActiveRule, RuleSet
from emulator.runtime.engine import COUNTS
from emulator.runtime.parts import Parts

_HOLD = HoldBack.kind


class RuleChanges:
    """What has been planned already stays as it is."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def set_profile(self, name: str) -> list[ActiveRule]:
        """What was added stays. Raises UnknownWord, UserError and InvalidInput."""
        await self._change("profile", lambda rules: rules.under(name))
        return self._parts.chaos.active()

    async def add(self, mapping: Mapping[str, Any]) -> ActiveRule:
        """Raises InvalidInput."""
        rules = await self._change("add", lambda rules: rules.plus(mapping))
        return next(active for active in self._parts.chaos.active() if active.id == rules.added[-1].id)

    async def remove(self, rule_id: str) -> None:
        """Raises UnknownWord."""
        await self._change("remove", lambda rules: rules.without(rule_id))

    async def switch(self, rule_id: str, *, on: bool) -> None:
        """In force or not, without losing it or what it has come to. Raises UnknownWord."""
        await self._change("enable" if on else "disable", lambda rules: rules.switched(rule_id, on=on))

    async def hold(self, match: Mapping[str, Any], rule_id: str | None) -> str:
        """Matching deliveries wait until they are released; answers with the rule's id. Raises InvalidInput."""
        mapping = {"match": match, "hold": None} | ({} if rule_id is None else {"id": rule_id})
        return (await self._change("hold", lambda rules: rules.plus(mapping))).added[-1].id

    async def unhold(self, rule_id: str) -> None:
        """No further deliveries are held by this rule. Raises UnknownWord, also for a rule that does something else."""

        def change(rules: RuleSet) -> RuleSet:
            holds = [rule.id for rule in rules.rules if rule.fault.kind == _HOLD]
            if rule_id not in holds:
                raise UnknownWord("hold", rule_id, holds)
            return rules.without(rule_id)

        await self._change("remove", change)

    def holds(self) -> list[Mapping[str, Any]]:
        """The rules that hold."""
        return [active.describe() for active in self._parts.chaos.active() if active.rule.fault.kind == _HOLD]

    async def _change(self, what: str, change: Callable[[RuleSet], RuleSet]) -> RuleSet:
        parts = self._parts

        async def act() -> RuleSet:
            rules, at = change(parts.chaos.rules), parts.clock.now()
            note = parts.note(
                RecordKind.CHAOS, what=what, profile=rules.profile, rules=[rule.id for rule in rules.in_force]
            )
            meta = {CHAOS: parts.chaos.saved(rules), COUNTS: parts.chaos.counts(rules, at)}
            await parts.acceptance.accept(Happening(records=(note,), meta=meta))
            parts.chaos.put(rules, at)
            # what was sent meanwhile was journalled with the counts of the rules before
            parts.journal.append(Transaction(meta=parts.engine.unsaved()))
            return rules

        return await parts.acceptance.in_turn(act)
