"""Condition: the `when` of a match, `data.payment == 'paid' and data.meta.display_price.with_tax.amount > 10000`.

Comparisons of dotted paths and literals, put together with `and`, `or`, `not` and brackets; parsed here, never run as
code. A path that leads to nothing is null. Only what is of one kind can be smaller or greater; anything else is false.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.domain.errors import InvalidInput, nearest

Names = Mapping[str, Any]
"""What paths begin with: `event`, `resource`, `data`, `included`…"""

_Value = Callable[[Names], Any]
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<text>'[^']*'|"[^"]*")|(?P<sign>==|!=|<=|>=|<|>|[()\[\],])
    |(?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*))""",
    re.VERBOSE,
)
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}
_CONNECTIVES = ("and", "or", "not", "in")
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: _same(left, right),
    "!=": lambda left, right: not _same(left, right),
    "<": lambda left, right: _comparable(left, right) and left < right,
    "<=": lambda left, right: _comparable(left, right) and left <= right,
    ">": lambda left, right: _comparable(left, right) and left > right,
    ">=": lambda left, right: _comparable(left, right) and left >= right,
}
_DEEPEST = 50
_LONGEST_NUMBER = 300  # characters


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition. Two of the same text are equal."""

    text: str
    _test: _Value

    @classmethod
    def parse(cls, text: str, roots: tuple[str, ...], *path: str | int) -> "Condition":
        """`roots` are what paths may begin with. Raises InvalidInput that says where in the text."""
        return cls(text, _Parser(text, roots, path).parse())

    def holds(self, names: Names) -> bool:
        """Whether it is true of these."""
        return bool(self._test(names))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


class _Parser:
    """One pass over the tokens: or ← and ← not ← comparison ← value."""

    def __init__(self, text: str, roots: tuple[str, ...], path: tuple[str | int, ...]) -> None:
        self._text = text
        self._roots = roots
        self._path = path
        self._tokens = self._split()
        self._next = 0
        self._depth = 0

    def parse(self) -> _Value:
        if not self._tokens:
            raise self._wrong("it is empty; write data.payment == 'paid'", 0)
        test = self._either()
        if self._next < len(self._tokens):
            kind, word, place = self._tokens[self._next]
            hint = "; put 'and' or 'or' before it" if kind != "sign" else ""
            raise self._wrong(f"'{word}' does not belong here{hint}", place)
        return test

    def _split(self) -> list[tuple[str, str, int]]:
        tokens, position = [], 0
        while self._text[position:].strip():
            found = _TOKEN.match(self._text, position)
            if found is None:
                start = position + len(self._text[position:]) - len(self._text[position:].lstrip())
                sign = self._text[start]
                hint = "; a text ends with the quote that it begins with" if sign in "'\"" else ""
                hint = "; equal is written ==" if sign == "=" else hint
                raise self._wrong(f"'{sign}' is not understood{hint}", start)
            kind = found.lastgroup or ""
            tokens.append((kind, found[kind], found.start(kind)))
            position = found.end()
        return tokens

    def _either(self) -> _Value:
        self._descend()
        tests = [self._both()]
        while self._took("or"):
            tests.append(self._both())
        self._depth -= 1
        return tests[0] if len(tests) == 1 else lambda names: any(test(names) for test in tests)

    def _both(self) -> _Value:
        tests = [self._negated()]
        while self._took("and"):
            tests.append(self._negated())
        return tests[0] if len(tests) == 1 else lambda names: all(test(names) for test in tests)

    def _negated(self) -> _Value:
        negated = False
        while self._took("not"):
            negated = not negated
        test = self._comparison()
        return (lambda names: not test(names)) if negated else test

    def _comparison(self) -> _Value:
        if self._took("("):
            inner = self._either()
            self._expect(")")
            return inner
        left = self._value()
        if self._took("in"):
            right = self._value()
            return lambda names: _within(left(names), right(names))
        if self._took("not"):
            self._expect("in")
            right = self._value()
            return lambda names: not _within(left(names), right(names))
        kind, word, _ = self._peek()
        if kind != "sign" or word not in _SIGNS:
            return left
        self._next += 1
        compare, right = _SIGNS[word], self._value()
        return lambda names: compare(left(names), right(names))

    def _value(self) -> _Value:
        kind, word, place = self._peek()
        self._next += 1
        if kind == "number":
            if len(word) > _LONGEST_NUMBER:
                raise self._wrong(f"a number has at most {_LONGEST_NUMBER} digits", place)
            number = int(word) if word.lstrip("-").isdecimal() else float(word)
            return lambda _: number
        if kind == "text":
            text = word[1:-1]
            return lambda _: text
        if kind == "name" and word in _WORDS:
            constant = _WORDS[word]
            return lambda _: constant
        if kind == "name" and word not in _CONNECTIVES:
            return self._reached(word, place)
        if word == "[":
            return self._listed()
        found = f"'{word}'" if kind else "the end"
        raise self._wrong(f"expected a path or a value, found {found}", place)

    def _listed(self) -> _Value:
        self._descend()
        values: list[_Value] = []
        while not self._took("]"):
            if values:
                self._expect(",")
            values.append(self._value())
        self._depth -= 1
        return lambda names: [value(names) for value in values]

    def _reached(self, word: str, place: int) -> _Value:
        root, *steps = re.findall(r"[^.\[\]]+", word)
        if root not in self._roots:
            raise self._wrong(f"nothing here is called '{root}'{nearest(root, self._roots)}", place)
        return lambda names: _at(names.get(root), steps)

    def _descend(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong("it is nested too deeply", 0)

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("", "", len(self._text))

    def _took(self, word: str) -> bool:
        kind, found, _ = self._peek()
        taken = found == word and kind in ("sign", "name")
        self._next += taken
        return taken

    def _expect(self, word: str) -> None:
        if not self._took(word):
            _, found, place = self._peek()
            raise self._wrong(f"expected '{word}', found {repr(found) if found else 'the end'}", place)

    def _wrong(self, what: str, place: int) -> InvalidInput:
        return InvalidInput(f'in "{self._text[:80]}", at character {place + 1}: {what}', path=self._path)


def _at(node: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(node, Mapping):
            node = node.get(step)
        elif isinstance(node, list) and (number := _index(step)) is not None and number < len(node):
            node = node[number]
        else:
            return None
    return node


def _index(step: str) -> int | None:
    """The place in a list that it stands for; None for what is no number, or no list's."""
    return int(step) if step.isascii() and step.isdecimal() and len(step) <= _LONGEST_NUMBER else None


def _same(left: Any, right: Any) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _comparable(left: Any, right: Any) -> bool:
    both = (left, right)
    if any(isinstance(one, bool) for one in both):
        return False
    return all(isinstance(one, int | float) for one in both) or all(isinstance(one, str) for one in both)


def _within(part: Any, whole: Any) -> bool:
    """One of a list, a key of an object, or a part of a text."""
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, Mapping):
        return isinstance(part, str) and part in whole
    return isinstance(whole, list) and any(_same(part, one) for one in whole)
