"""From a filter's text to its tree: or ← and ← not ← term, brackets around any."""

import re
from collections.abc import Collection, Iterator

from tui.model.filter.lexer import Kind, Token, tokens_of
from tui.model.filter.terms import TERMS, Part, term, unknown_key
from tui.model.filter.tree import Every, Node, Not, Some, Text
from tui.model.filter.wrong import WrongFilter

_KEYED = re.compile(r"([A-Za-z_]+):(.*)", re.DOTALL)
_DEEPEST = 50


def tree_of(text: str, events: Collection[str] = ()) -> Node:
    """The tree of this text; a blank one lets everything through. `events` are known beside the catalog's.

    Raises WrongFilter.
    """
    return _Parser(text, events).parse()


class _Parser:
    def __init__(self, text: str, events: Collection[str]) -> None:
        self._text = text
        self._events = events
        self._tokens = list(tokens_of(text))
        self._next = 0
        self._depth = 0

    def parse(self) -> Node:
        if not self._tokens:
            return Every(terms=())
        node = self._either()
        token = self._peek()
        if token is not None:  # only what closes can be left over
            raise WrongFilter("this ) closes nothing", token.position, 1, "; take it away, or open with (")
        return node

    def _either(self) -> Node:
        terms = [self._both()]
        while self._took("|"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else Some(terms=tuple(terms))

    def _both(self) -> Node:
        terms = [self._negated()]
        while self._took("&") or self._continues():
            terms.append(self._negated())
        return terms[0] if len(terms) == 1 else Every(terms=tuple(terms))

    def _continues(self) -> bool:
        """Whether another term follows, as a blank is `and`."""
        token = self._peek()
        return token is not None and (token.kind is not Kind.SIGN or token.text in "(!")

    def _negated(self) -> Node:
        negated = False
        while self._took("!"):
            negated = not negated
        node = self._term()
        return Not(term=node) if negated else node

    def _term(self) -> Node:
        token = self._peek()
        if token is None:
            raise self._unfinished()
        self._next += 1
        if token.kind is not Kind.SIGN:
            return self._meant(token)
        if token.text != "(":
            what = "a term is missing before this"
            raise WrongFilter(what, token.position, token.length, "; write one, or take this away")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise WrongFilter(f"brackets nest deeper than {_DEEPEST}", token.position, 1)
        node = self._either()
        if not self._took(")"):
            raise WrongFilter("this ( is not closed", token.position, 1, "; end with )")
        self._depth -= 1
        return node

    def _meant(self, token: Token) -> Node:
        if token.kind is Kind.QUOTED:
            if not token.key:
                return self._looked_for(token.text, token)
            key, begin = token.key, token.position + len(token.key) + 2
            parts = [Part(key.lower(), token.text, begin, self._events)]
        else:
            found = _KEYED.fullmatch(token.text)
            if found is None:
                return self._looked_for(token.text, token)
            key = found[1]
            parts = list(self._values(key.lower(), found[2], token.position + found.start(2)))
        if key.lower() not in TERMS:
            raise unknown_key(key.lower(), self._text[token.position : token.position + token.length], token.position)
        return term(key.lower(), parts)

    def _values(self, key: str, text: str, position: int) -> Iterator[Part]:
        for value in text.split(","):
            yield Part(key, value, position, self._events)
            position += len(value) + 1

    def _looked_for(self, text: str, token: Token) -> Node:
        if not text.strip():
            raise WrongFilter("there is no text between the quotes", token.position, token.length)
        return Text(text=text)

    def _unfinished(self) -> WrongFilter:
        last = self._tokens[-1]
        what = f"a term is missing after '{self._text[last.position : last.position + last.length]}'"
        return WrongFilter(what, last.position, last.length, "; go on, or take it away")

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _took(self, sign: str) -> bool:
        token = self._peek()
        taken = token is not None and token.kind is Kind.SIGN and token.text == sign
        self._next += taken
        return taken
