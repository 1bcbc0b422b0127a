"""Planning: the planner that the settings ask for, with what the journal remembers of its rules."""

from emulator.core.dice import Dice
from emulator.core.plan import Planner
from emulator.core.rule_counts import RuleCounts
from emulator.core.script import Script, ScriptedPlanner
from emulator.runtime.engine import COUNTS
from emulator.runtime.journal import Journal
from emulator.runtime.settings import Settings


def planner_of(settings: Settings, journal: Journal, script: Script | None) -> Planner:
    """One that keeps to the script, where there is one."""
    dice, counts = Dice(settings.seed), RuleCounts.restored(journal.meta(COUNTS) or {})
    if script is None:
        return Planner(dice=dice, max_hold=settings.max_hold, counts=counts)
    return ScriptedPlanner(script, dice=dice, max_hold=settings.max_hold, counts=counts)
