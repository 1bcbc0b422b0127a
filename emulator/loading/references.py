"""References: whether the names that a scenario uses stand for something in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from emulator.core.expectation import Expectation
from emulator.core.rule import Rule
from emulator.core.scenario import Scenario
from emulator.domain.errors import InvalidInput, nearest

_Path = tuple[str | int, ...]
_TURN = "{{n}}"
_ALIAS = re.compile(r"[A-Za-z][\w-]*")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REFERENCE = re.compile(r"\{\{\s*([A-Za-z][\w-]*)\.[\w.-]+\s*\}\}")
_EVERYBODY = "*"
_NEWEST = "last"


def check_references(document: Any, scenario: Scenario) -> None:
    """`document` is what the scenario was read from.

    Raises InvalidInput with the place of the first step, rule or expectation that names a resource, or an integration,
    which is not there, and of the first rule that none of those whom it is about can get.
    """
    check = _Check(scenario, tuple(_aliases(document["steps"])))
    check.steps(document["steps"], ("steps",))
    check.rules(document.get("chaos", []), ("chaos",))
    check.expectations(scenario.expect)


class _Check:
    """`aliases` are the names of all resources, with what numbers them as it is written."""

    def __init__(self, scenario: Scenario, aliases: Sequence[str]) -> None:
        self._observers = {one.name: one for one in scenario.integrations}
        self._aliases = aliases
        self._made: list[str] = []

    def steps(self, node: Any, path: _Path) -> None:
        """In the order in which they are written, which is that in which they happen."""
        if isinstance(node, list):
            for place, each in enumerate(node):
                self.steps(each, (*path, place))
            return
        if not isinstance(node, Mapping):
            return
        if "trigger" in node:
            self._trigger(node, path)
        for word in ("pause", "resume"):
            if (name := node.get(word)) is not None and name != _EVERYBODY:
                self._integration(str(name), (*path, word))
        chaos = node.get("chaos")
        self.rules(chaos.get("add", []) if isinstance(chaos, Mapping) else chaos or [], _rules_path(chaos, path))
        for word in ("repeat", "mix", "steps", "of"):
            if isinstance(node.get(word), Mapping | list):
                self.steps(node[word], (*path, word))

    def _trigger(self, node: Mapping[str, Any], path: _Path) -> None:
        if (of := node.get("of")) is not None:
            whole = _REFERENCE.fullmatch(str(of))
            self._resource(str(of) if whole is None else whole[1], (*path, "of"))
        for word in ("override", "add"):
            for name, value in (node.get(word) or {}).items():
                for found in _REFERENCE.finditer(value if isinstance(value, str) else ""):
                    self._resource(found[1], (*path, word, str(name)))
        if (alias := node.get("as")) is not None:
            self._made.append(str(alias))

    def rules(self, listed: Any, path: _Path) -> None:
        for place, each in enumerate(listed):
            match = each.get("match")
            given = match if isinstance(match, Mapping) else {}
            if (resource := given.get("resource")) is not None:
                self._resource(resource, (*path, place, "match", "resource"), self._aliases)
            if (name := given.get("integration")) is not None:
                self._integration(name, (*path, place, "match", "integration"))
            self._suits(Rule.parse(each, *path, place), (*path, place))

    def expectations(self, expect: Sequence[Expectation]) -> None:
        for place, one in enumerate(expect):
            path, said = ("expect", place, one.word), one.written[one.word]
            if (resource := said.get("resource")) is not None:
                self._resource(resource, (*path, "resource"), self._aliases)
            if (name := said.get("integration")) is not None:
                self._integration(name, (*path, "integration"))
            for text in one.texts:
                for found in _REFERENCE.finditer(text):
                    self._resource(found[1], (*path, "probe"), self._aliases)

    def _resource(self, name: str, path: _Path, known: Sequence[str] | None = None) -> None:
        """`known` are all that it may be where that is not just what is made before."""
        made = self._made if known is None else known
        once = name.replace(_TURN, "1")
        if once == _NEWEST or _ID.fullmatch(once) or not _ALIAS.fullmatch(once):  # `order:1` is the shop's own name
            return
        if not any(_stands_for(alias, once) for alias in made):
            before = " before it" if known is None else ""
            raise InvalidInput(f"no step{before} makes a resource called '{name}'{nearest(name, made)}", path=path)

    def _integration(self, glob: str, path: _Path) -> None:
        if self._observers and not any(fnmatchcase(name, glob) for name in self._observers):
            raise InvalidInput(f"unknown integration '{glob}'{nearest(glob, self._observers)}", path=path)

    def _suits(self, rule: Rule, path: _Path) -> None:
        """That somebody can get it."""
        match = rule.match
        types = {
            one.integration_type
            for one in self._observers.values()
            if (match.integration is None or fnmatchcase(one.name, match.integration))
            and match.transport in (None, one.integration_type)
        }
        refusals = [rule.refusal(each) for each in sorted(types)]
        if refusals and refusals[0] is not None and None not in refusals:
            raise InvalidInput(refusals[0], path=(*path, rule.fault.kind))


def _rules_path(chaos: Any, path: _Path) -> _Path:
    return (*path, "chaos", "add") if isinstance(chaos, Mapping) else (*path, "chaos")


def _aliases(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _aliases(each)
    elif isinstance(node, Mapping):
        if "trigger" in node and "as" in node:
            yield str(node["as"])
        for word in ("repeat", "mix", "steps", "of"):
            yield from _aliases(node.get(word))


def _stands_for(alias: str, name: str) -> bool:
    """Whether it is this one, or one of those that are numbered."""
    before, numbered, behind = alias.partition(_TURN)
    if not numbered:
        return alias == name
    number = name.removeprefix(before).removesuffix(behind)
    return name == f"{before}{number}{behind}" and number.isdigit()
