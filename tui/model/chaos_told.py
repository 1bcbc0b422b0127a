"""Chaos told: the profile, who is paused, and what time it is there, each in a line."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from emulator.domain.moment import format_duration, parse_instant
from tui.model.clock_text import moment_of
from tui.model.harmless import harmless
from tui.model.rule_told import LEGALITY_STYLES, fault_of, match_text, rule_text

Cell = tuple[str, str]
_KEYS = {"virtual": ": a advances it, s settles", "scaled": ": + - and S change it"}


def chaos_text(status: Mapping[str, Any], chaos: Mapping[str, Any], about: Mapping[str, str]) -> str:
    """`Profile documented, 4 of 5 rules on: what it does`; `about` is what each profile says of itself."""
    profile = harmless(str(chaos.get("profile") or status.get("profile", "")))
    rules = chaos.get("rules", ())
    on = sum(is_on(rule) for rule in rules)
    known = about.get(profile, "")
    return f"Profile {profile}, {on} of {len(rules)} {'rule' if len(rules) == 1 else 'rules'} on. {known}".rstrip()


def time_text(status: Mapping[str, Any], zone: tzinfo | None) -> str:
    """The clock, what is due next, and who is paused."""
    if not status:
        return ""
    mode = str(status["clock"])
    pace = f" ×{status.get('speed', 1):g}" if mode == "scaled" else ""
    said = [f"{mode}{pace}{_KEYS.get(mode, '')}" if not status.get("saved") else mode]
    now = parse_instant(str(status["now"]))
    said.append(f"{moment_of(now, zone):%Y-%m-%d %H:%M:%S}")
    due = status.get("next_due")
    if due is not None:
        left = parse_instant(str(due)) - now
        said.append(f"next send in {format_duration(left)}" if left > 0 else "a send is due")
    said.append(f"{status['pending']} pending")
    if paused := status.get("paused"):
        said.append("everything is paused" if "*" in paused else f"paused: {', '.join(map(harmless, paused))}")
    return f"Clock {'; '.join(said)}"


def is_on(rule: Mapping[str, Any]) -> bool:
    """Whether it acts; a server that knows no switch has it on."""
    return bool(rule.get("enabled", True))


def rule_cells(rule: Mapping[str, Any], *, ascii_only: bool) -> tuple[Cell, ...]:
    """Switch, rule, hits, how legal, from, as written."""
    on = is_on(rule)
    signs = ("[x]", "[ ]") if ascii_only else ("● on", "○ off")
    legality = str(rule.get("legality", ""))
    return (
        (signs[0] if on else signs[1], "good" if on else "quiet"),
        (harmless(str(rule["id"])), "text" if on else "quiet"),
        (f"{rule.get('hits', 0):,}", "fault" if rule.get("hits") else "quiet"),
        (legality, LEGALITY_STYLES.get(legality, "quiet")),
        (harmless(rule_text(rule)), "text" if on else "quiet"),
        (str(rule.get("source", "")), "quiet"),
    )


def rule_sentence(rule: Mapping[str, Any]) -> str:
    """All of a rule, to be read whole."""
    source = "of the profile" if rule.get("source") == "profile" else "added"
    off = "" if is_on(rule) else ", switched off"
    legality = f"; {fault_of(rule)} is {rule['legality']}" if rule.get("legality") else ""
    return harmless(f"{rule['id']}, {source}{off}{legality}. {rule_text(rule)}")


def holds_text(holds: Sequence[Mapping[str, Any]], held: int) -> str:
    """What is being held from now on, and how much is held."""
    what = "; ".join(f"{match_text(hold.get('match', {}))} ({harmless(str(hold['id']))})" for hold in holds)
    holding = f"Holding {what}" if holds else "Nothing new is held"
    return f"{holding}. {held:,} held" if held else f"{holding}."


def held_cells(place: int, send: Mapping[str, Any], now: int) -> tuple[Cell, ...]:
    """Place, number, event, to, attempt, for how long, why."""
    again = f"+{send['copy']}" if send["copy"] else ""
    return (
        (str(place), "quiet"),
        (str(send["number"]), "quiet"),
        (harmless(str(send["event"])), "text"),
        (harmless(str(send["integration"])), "text"),
        (f"{send['attempt']}{again}", "quiet"),
        (format_duration(max(0, now - parse_instant(str(send["since"])))), "quiet"),
        (harmless(str(send["why"])), "wait"),
    )
