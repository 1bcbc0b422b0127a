"""Harmless: text of others made fit to be shown, so that no payload can talk to the terminal or lead the eye astray."""

import re
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_KEEPS_JOINED = "\u200c\u200d"  # emoji and scripts are put together with these
_SUSPECT = re.compile(r"[^\x20-\x7e\u00a0-\u00ac\u00ae-\u024f]")
_MOST_MARKS = 4
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")  # letters and marks that show nothing


def harmless(text: str) -> str:
    """The text with everything that acts instead of showing written as JSON would escape it (`\\u001b`).

    That is control characters, marks that turn the direction of what follows, lone surrogates, line and paragraph
    separators, blanks that have no width, and characters that nobody has defined or that are private. Letters of every
    script, combining marks (at most 4 on one character) and emoji stay as they are. A backslash stays one, so that
    what is shown cannot be read back for certain: it is for the eye.
    """
    if _SUSPECT.search(text) is None:
        return text
    shown: list[str] = []
    marks = 0
    before = ""
    for character in text:
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
        elif character not in _KEEPS_JOINED:
            marks = 0
        if marks > _MOST_MARKS or (marks > 0 and not before) or _acts(character, category, before):
            shown.append(escaped(character))
        else:
            shown.append(character)
        before = character
    return "".join(shown)


def escaped(text: str) -> str:
    """Every character of it as JSON would escape it."""
    return "".join(_SHORT.get(character) or _code(ord(character)) for character in text)


def _acts(character: str, category: str, before: str) -> bool:
    """Whether it does something other than show a sign of its own."""
    if character in _KEEPS_JOINED:
        return not before or before in _KEEPS_JOINED or unicodedata.category(before)[0] in "ZC"
    if category == "Zs":
        return False
    return category[0] == "C" or category in ("Zl", "Zp") or character in _BLANK


def _code(point: int) -> str:
    if point <= 0xFFFF:
        return f"\\u{point:04x}"
    point -= 0x10000
    return f"\\u{0xD800 + (point >> 10):04x}\\u{0xDC00 + (point & 0x3FF):04x}"
