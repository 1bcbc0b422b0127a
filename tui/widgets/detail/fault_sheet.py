"""The tab Fault: which rule, what it did, how legal that is, and by which draw."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from emulator.core.fault_words import fault_kind
from emulator.domain.errors import InvalidInput
from tui.desk import Desk
from tui.widgets.detail.piece import Piece, Pieces, of
from tui.widgets.detail.sheet import Part, Sheet
from tui.widgets.detail.telling import Telling
from tui.widgets.detail.text_part import TextPart, told

_MEANS = {
    "documented": ("good", "the provider's text allows it"),
    "plausible": ("warn", "it happens in production"),
    "hostile": ("bad", "it should never happen"),
}
_OURS = ("legality", "source", "hits", "enabled")
"""What the server adds to a rule that its author did not write."""


def fault_sheet(telling: Telling, desk: Desk) -> Sheet:
    """One part for each thing that a rule did."""
    rules = {str(rule["id"]): rule for rule in desk.session.chaos.get("rules", ())}
    parts: list[Part] = []
    for note, sends in noted(telling.delivery or {}):
        parts.append(_of(note, sends, rules.get(str(note["rule"]))))
    if not parts:
        parts.append(told(Piece("No rule has touched this delivery.", "quiet")))
    return Sheet(parts)


def noted(delivery: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], list[str]]]:
    """What rules did, each once, and to which sends; to none where it was to the delivery as a whole."""
    found: dict[tuple[str, str, str], tuple[Mapping[str, Any], list[str]]] = {}
    for note in delivery.get("faults", ()):
        found.setdefault(_key(note), (note, []))
    sends = sorted(
        (*delivery.get("attempts_made", ()), *delivery.get("sends", ())),
        key=lambda one: (one["attempt"], one["copy"]),
    )
    for send in sends:
        name = f"attempt {send['attempt']}" + (f" copy {send['copy']}" if send["copy"] else "")
        for note in send.get("faults", ()):
            _, named = found.setdefault(_key(note), (note, []))
            named.append(name if note.get("draw") is None else f"{name} (drew {note['draw']:.6f})")
    return found.values()


def _key(note: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(note["rule"]), str(note["fault"]), str(note["detail"])


def _of(note: Mapping[str, Any], sends: list[str], rule: Mapping[str, Any] | None) -> TextPart:
    word = str(note["fault"])
    legality = note.get("legality") or (rule or {}).get("legality") or _legality(word)
    style, means = _MEANS.get(str(legality), ("quiet", ""))
    lines: list[Pieces] = [
        (of(word, "fault"), Piece(" by rule ", "quiet"), of(str(note["rule"]), "head")),
        (of(f"  {note['detail'] or 'it has no words for what it did'}"),),
    ]
    if legality:
        lines.append((Piece(f"  {legality}", style), Piece(f": {means}" if means else "", "quiet")))
    if sends:
        lines.append((Piece(f"  on {', '.join(sends)}", "quiet"),))
    lines += _chance(note, rule)
    source = _source(word)
    says = f"The provider: {source}" if source else "The provider's text does not speak of it."
    lines.append((of(f"  {says}", "quiet"),))
    if rule is None:
        lines.append((Piece("  This rule is no longer in force.", "warn"),))
    else:
        lines.append((Piece("  The rule as it is written:", "quiet"),))
        lines += [(of(f"    {line}", "string"),) for line in as_written(rule).splitlines()]
    return told(*lines, "")


def _chance(note: Mapping[str, Any], rule: Mapping[str, Any] | None) -> list[Pieces]:
    """What the draws were held against: the rule's probability where it is still the one that hit."""
    probability = note["probability"] if "probability" in note else (rule or {}).get("probability")
    if probability is None:
        return []
    drawn = "what was drawn was below its probability" if note.get("draw") is not None else "with a probability"
    return [(Piece(f"  {drawn} of {probability:g}", "quiet"),)]


def as_written(rule: Mapping[str, Any]) -> str:
    """The rule as its author would write it."""
    own = {name: value for name, value in rule.items() if name not in _OURS}
    text: str = yaml.safe_dump(own, sort_keys=False, allow_unicode=True, default_flow_style=False, width=76)
    return text


def _source(word: str) -> str | None:
    manual = getattr(_kind(word), "manual", None)
    return None if manual is None else manual.source


def _legality(word: str) -> str:
    return str(getattr(_kind(word), "legality", ""))


def _kind(word: str) -> object:
    """The fault of that word; None where it is not installed here."""
    try:
        return fault_kind(word)
    except InvalidInput:
        return None
