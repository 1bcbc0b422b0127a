"""References: whether the names that a scenario uses stand for something in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from emulator.core.expectation import Expectation
from emulator.core.rule import Rule
from emulator.core.scenario import Scenario
from emulator.core.step import Misbehave, Mix, Pause, Phase, Placed, Repeat, Resume, Step, Trigger
from emulator.domain.errors import InvalidInput, nearest

_Path = tuple[str | int, ...]
_TURN = "{{n}}"
_ALIAS = re.compile(r"[A-Za-z][\w-]*")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REFERENCE = re.compile(r"\{\{\s*([A-Za-z][\w-]*)\.[\w.-]+\s*\}\}")
_EVERYBODY = "*"
_NEWEST = "last"
_NO_TURN = f"{_TURN} is the number of a repetition, and nothing is repeated here; write repeat, mix or count"


def check_references(scenario: Scenario) -> None:
    """Raises InvalidInput with the place of the first step, rule or expectation that names a resource, or an
    integration, which is not there, and of the first rule that none of those whom it is about can get."""
    check = _Check(scenario, tuple(_names(scenario.steps, 0)))
    check.steps(scenario.steps, 0, ("steps",))
    check.rules(scenario.rules, ("chaos",))
    check.expectations(scenario.expect)


class _Name(NamedTuple):
    """What resources are called, as it is written: `turns` of them where `{{n}}` is in it."""

    written: str
    turns: int

    def numbered(self, turn: int) -> str:
        return self.written.replace(_TURN, str(turn))

    def turn_of(self, name: str) -> int | None:
        """Which of them this would be, 1 where there is but one; None where it is called otherwise."""
        before, numbered, _ = self.written.partition(_TURN)
        if not numbered:
            return 1 if self.written == name else None
        rest = name.removeprefix(before)
        digits = (rest[:length] for length in range(1, len(rest) + 1) if re.fullmatch("[1-9][0-9]*", rest[:length]))
        return next((int(turn) for turn in digits if self.numbered(int(turn)) == name), None)


class _Check:
    """`names` are those of all resources."""

    def __init__(self, scenario: Scenario, names: Sequence[_Name]) -> None:
        self._observers = {one.name: one for one in scenario.integrations}
        self._names = names
        self._made: list[_Name] = []

    def steps(self, steps: Sequence[Step], turns: int, path: _Path) -> None:
        """In the order in which they are written, which is that in which they happen."""
        for place, step in enumerate(steps):
            self._step(step, turns, (*path, place))

    def _step(self, step: Step, turns: int, path: _Path) -> None:
        match step:
            case Placed():
                self._step(step.step, turns, path)
            case Trigger():
                self._trigger(step, turns, path)
            case Pause():
                self._one_integration(step.integration, (*path, "pause"))
            case Resume():
                self._one_integration(step.integration, (*path, "resume"))
            case Misbehave():
                self.rules(step.add, (*path, "chaos", "add"))
            case Phase():
                self.rules(step.rules, (*path, "chaos"))
                self.steps(step.steps, turns, (*path, "steps"))
            case Repeat():
                self.steps(step.steps, step.count, (*path, "repeat", "steps"))
            case Mix():
                self.steps([one for _, one in step.of], step.count, (*path, "mix", "of"))

    def _trigger(self, step: Trigger, turns: int, path: _Path) -> None:
        turns = _turns(step, turns)
        if step.of is not None:
            whole = _REFERENCE.fullmatch(step.of)
            self._numbered(_Name(step.of if whole is None else whole[1], turns), (*path, "of"))
        for word, changes in (("override", step.override), ("add", step.add)):
            for place, text in _texts(changes, (*path, word)):
                for found in _REFERENCE.finditer(text):
                    self._resource(found[1], place, self._made, " before it")
        if step.alias is not None:
            if _TURN in step.alias and not turns:
                raise InvalidInput(_NO_TURN, path=(*path, "as"))
            self._made.append(_Name(step.alias, turns))

    def _numbered(self, name: _Name, path: _Path) -> None:
        """That what a step goes on from is there in its first turn, and in the last."""
        if _TURN not in name.written:
            self._resource(name.written, path, self._made, " before it")
        elif not name.turns:
            raise InvalidInput(_NO_TURN, path=path)
        else:
            for turn in (1, name.turns):
                self._resource(name.numbered(turn), path, self._made, " before it")

    def rules(self, rules: Sequence[Rule], path: _Path) -> None:
        for place, rule in enumerate(rules):
            match = rule.match
            if match.resource is not None:
                self._resource_of_all(match.resource, (*path, place, "match", "resource"))
            if match.integration is not None:
                self._integration(match.integration, (*path, place, "match", "integration"))
            self._suits(rule, (*path, place))

    def expectations(self, expect: Sequence[Expectation]) -> None:
        for place, one in enumerate(expect):
            path, said = ("expect", place, one.word), one.written[one.word]
            if (resource := said.get("resource")) is not None:
                self._resource_of_all(resource, (*path, "resource"))
            if (name := said.get("integration")) is not None:
                self._integration(name, (*path, "integration"))
            for text in one.texts:
                for found in _REFERENCE.finditer(text):
                    self._resource(found[1], (*path, "probe"), self._names)

    def _resource_of_all(self, name: str, path: _Path) -> None:
        if _TURN in name:
            raise InvalidInput(
                f"{_TURN} stands for no number here; name the resources one by one, or match by event", path=path
            )
        self._resource(name, path, self._names)

    def _resource(self, name: str, path: _Path, known: Sequence[_Name], where: str = "") -> None:
        if name == _NEWEST or _ID.fullmatch(name) or not _ALIAS.fullmatch(name):  # `order:1` is the shop's own name
            return
        beyond = ""
        for one in known:
            turn = one.turn_of(name)
            if turn is not None and turn <= max(1, one.turns):
                return
            if turn is not None:
                beyond = f"; the last of {one.turns} is '{one.numbered(one.turns)}'"
        hint = beyond or nearest(name, [one.written for one in known])
        raise InvalidInput(f"no step{where} makes a resource called '{name}'{hint}", path=path)

    def _one_integration(self, name: str, path: _Path) -> None:
        """Where a glob means nothing."""
        if self._observers and name != _EVERYBODY and name not in self._observers:
            all_of_them = "; all of them are '*'" if set(name) & set("*?[") else nearest(name, self._observers)
            raise InvalidInput(f"unknown integration '{name}'{all_of_them}", path=path)

    def _integration(self, glob: str, path: _Path) -> None:
        if self._observers and not any(fnmatchcase(name, glob) for name in self._observers):
            raise InvalidInput(f"unknown integration '{glob}'{nearest(glob, self._observers)}", path=path)

    def _suits(self, rule: Rule, path: _Path) -> None:
        """That somebody can get it."""
        refusal = rule.refusal_by_all({one.name: one.integration_type for one in self._observers.values()})
        if refusal is not None:
            raise InvalidInput(refusal, path=(*path, rule.fault.kind))


def _turns(step: Trigger, turns: int) -> int:
    """How many numbers it gets: those of its own load, or else those of the repetition around it."""
    return step.load.count if step.load.count > 1 else turns


def _names(steps: Sequence[Step], turns: int) -> Iterator[_Name]:
    for step in steps:
        match step:
            case Placed():
                yield from _names([step.step], turns)
            case Trigger(alias=str(alias)):
                yield _Name(alias, _turns(step, turns))
            case Phase():
                yield from _names(step.steps, turns)
            case Repeat():
                yield from _names(step.steps, step.count)
            case Mix():
                yield from _names([one for _, one in step.of], step.count)


def _texts(node: Any, path: _Path) -> Iterator[tuple[_Path, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(value, (*path, str(key)))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _texts(value, (*path, place))
