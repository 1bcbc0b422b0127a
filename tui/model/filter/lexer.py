"""A filter's text cut into signs, words and quoted texts, each with its place."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from tui.model.filter.wrong import WrongFilter

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>\(|\)|!|&&?|\|\|?)
        |(?P<key>[A-Za-z_]+:)?(?P<quote>")
        |(?P<word>[^\s()&|"]+)
    )""",
    re.VERBOSE,
)
_QUOTED = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONNECTIVES = {"and": "&", "AND": "&", "or": "|", "OR": "|", "not": "!", "NOT": "!"}


class Kind(StrEnum):
    SIGN = "sign"
    WORD = "word"
    QUOTED = "quoted"


class Token(NamedTuple):
    """`text` without quotes and escapes; signs as one of `( ) ! & |`. `key` is what stands before a quote, without its
    colon. `position` and `length` are those in the filter's text, quotes and key included."""

    kind: Kind
    text: str
    position: int
    length: int
    key: str = ""


def tokens_of(text: str) -> Iterator[Token]:
    """Raises WrongFilter for a quote without an end."""
    position = 0
    while found := _TOKEN.match(text, position):
        group = found.lastgroup or ""
        begin = found.start("key") if found["key"] else found.start(group)
        position = found.end()
        if group == "quote":
            inside = _QUOTED.match(text, position)
            end = position if inside is None else inside.end()
            if text[end : end + 1] != '"':
                hint = '; end the text with the " that it begins with'
                raise WrongFilter("this quote has no end", position - 1, len(text) - position + 1, hint)
            said = _ESCAPED.sub(r"\1", text[position:end])
            position = end + 1
            yield Token(Kind.QUOTED, said, begin, position - begin, (found["key"] or "").rstrip(":"))
            continue
        word = found[group]
        if group == "sign":
            yield Token(Kind.SIGN, word[0], begin, len(word))
        elif word in _CONNECTIVES:
            yield Token(Kind.SIGN, _CONNECTIVES[word], begin, len(word))
        else:
            yield Token(Kind.WORD, word, begin, len(word))
