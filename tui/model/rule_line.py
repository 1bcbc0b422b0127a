"""RuleLine: one line as `epcc-emulator chaos add` takes it, read as a rule, with the place of each of its parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from emulator.core.fault_words import fault_words, short_field
from emulator.core.written_payload import sendable
from emulator.domain.errors import InvalidInput

MATCH = ("integration", "transport", "resource_type", "resource", "attempt", "nth", "when")
"""What whom it hits may be told by, beside `match`, which is the event."""
HOW_OFTEN = ("probability", "times", "after", "for", "until")
OPTIONS = ("match", *MATCH, *HOW_OFTEN, "id")
_NUMBERS = ("attempt", "nth", "probability", "times", "after")
_SPOKEN = ("epcc-emulator", "chaos", "add")


class WrongLine(Exception):
    """A line that is no rule: where it goes wrong, in characters, and why in a sentence."""

    def __init__(self, sentence: str, place: "Place") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.place = place


class Place(NamedTuple):
    """Characters of the line, from `start` to before `end`."""

    start: int
    end: int


class Word(NamedTuple):
    """A word without its quotes, and where it stands with them."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """`rule` is what the server is sent; `places` knows the server's names of parts, such as `match.event`."""

    rule: Mapping[str, Any]
    places: Mapping[str, Place] = field(default_factory=dict)

    def place_of(self, source: str) -> Place | None:
        """Where a part stands that the server complains of, or what it is a part of."""
        while source:
            if source in self.places:
                return self.places[source]
            source = source.rpartition(".")[0]
        return None


def parse_rule(line: str) -> RuleLine:
    """`delay --value 5s --match 'order.*' --probability 0.3`. Raises WrongLine."""
    left = list(words(line))
    while left and left[0].text in _SPOKEN:
        left.pop(0)
    if not left or left[0].text.startswith("-"):
        raise WrongLine(f"begin with a fault: {', '.join(fault_words())}", left[0].place if left else _end(line))
    first = left.pop(0)
    kind = first.text.replace("-", "_")
    places: dict[str, Place] = {kind: first.place}
    rule: dict[str, Any] = {}
    match: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    if left and not left[0].text.startswith("--"):
        short = left.pop(0)
        name = _short_of(kind, first)
        if name is None:
            raise WrongLine(f"'{short.text}' is neither an option nor the value of one", short.place)
        fields[name] = short.text
        places[f"{kind}.{name}"] = short.place
    for name, value in _pairs(left, line):
        if name == "match":
            match["event"], places["match.event"] = value.text, value.place
        elif name in MATCH:
            match[name], places[f"match.{name}"] = _value(name, value.text), value.place
        elif name in OPTIONS:
            rule[name], places[name] = _value(name, value.text), value.place
        else:
            part = name.removeprefix("fault_")
            fields[part], places[f"{kind}.{part}"] = _json_or_text(value.text), value.place
    return RuleLine(rule={**rule, **({"match": match} if match else {}), kind: fields}, places=places)


def completion(line: str) -> str | None:
    """The line with its last word completed; None where nothing is known to begin so."""
    try:
        known = list(words(line))
    except WrongLine:
        return None
    if not known or line[-1:].isspace():
        return None
    last = known[-1]
    if len(known) == 1:
        found = next((word for word in fault_words() if word.startswith(last.text)), None)
    elif last.text.startswith("--"):
        options = (f"--{name.replace('_', '-')}" for name in OPTIONS)
        found = next((option for option in options if option.startswith(last.text)), None)
    else:
        found = None
    return None if found is None else line[: last.place.start] + found


def words(line: str) -> Iterator[Word]:
    """The words of a line, as a shell would part them. Raises WrongLine for a quote that is not closed."""
    position = 0
    while True:
        while position < len(line) and line[position].isspace():
            position += 1
        if position >= len(line):
            return
        start, text = position, ""
        while position < len(line) and not line[position].isspace():
            if line[position] in "'\"":
                end = line.find(line[position], position + 1)
                if end < 0:
                    raise WrongLine("this quote is not closed", Place(position, len(line)))
                text += line[position + 1 : end]
                position = end + 1
            else:
                text += line[position]
                position += 1
        yield Word(text, Place(start, position))


def _pairs(left: list[Word], line: str) -> Iterator[tuple[str, Word]]:
    """Options and their values: `--window 3`, `--window=3`."""
    while left:
        word = left.pop(0)
        if not word.text.startswith("--"):
            raise WrongLine(f"'{word.text}' is neither an option nor the value of one", word.place)
        name, equals, value = word.text[2:].partition("=")
        if equals:
            found = Word(value, Place(word.place.start + len(name) + 3, word.place.end))
        elif left:
            found = left.pop(0)
        else:
            raise WrongLine(f"'{word.text}' needs a value", _end(line))
        yield name.replace("-", "_"), found


def _short_of(kind: str, word: Word) -> str | None:
    try:
        return short_field(kind)
    except InvalidInput as error:
        raise WrongLine(error.sentence, word.place) from None


def _value(name: str, text: str) -> Any:
    return _json_or_text(text) if name in _NUMBERS else text


def _json_or_text(text: str) -> Any:
    """`12` is a number, `true` a truth; everything else is itself."""
    try:
        return sendable(text)
    except ValueError:
        return text


def _end(line: str) -> Place:
    return Place(len(line), len(line) + 1)
