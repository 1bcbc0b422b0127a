"""Shop: what a command does to the resources, and which events it raises. Nothing is changed in place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from emulator.core.fixture import Fixtures
from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.domain.identity import derived_id
from emulator.domain.ports import Shelves
from emulator.domain.resource import Change, Command, PayloadEdit, Resource
from emulator.store.group import state_of
from emulator.store.house import furnish
from emulator.store.kinds import KINDS
from emulator.store.overlay import Overlay
from emulator.store.paths import path_to
from emulator.store.pool import Pool
from emulator.store.references import filled
from emulator.store.work import Work

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Shop:
    """The simulated shop. The same seed, fixtures and commands at the same times give the same bytes."""

    def __init__(self, *, seed: int, fixtures: Fixtures, base_url: str = "https://api.emulator.test") -> None:
        self.seed = seed
        self.base_url = base_url.rstrip("/")
        self.store_id = derived_id(seed, "store")
        self.org_id = derived_id(seed, "organization")
        self.pool = Pool(seed)
        self._fixtures = fixtures

    @property
    def raisable(self) -> frozenset[str]:
        """The keys that can be triggered."""
        return KINDS.raised

    def execute(self, command: Command, shelves: Shelves, at: int, *, alias: str | None = None) -> Change:
        """What one command does at this moment (microseconds since the epoch).

        Raises IllegalCommand, which lists what is legal, NotFound, UnknownWord, or InvalidInput for an
        attribute. Events are one microsecond apart, the first at `at`.
        """
        if alias is not None:
            command = replace(command, alias=alias)
        return self._execute(command, Overlay(shelves), at, {})

    def execute_all(self, commands: Sequence[Command], shelves: Shelves, at: int) -> list[Change]:
        """What a batch does: each command sees what those before it did, and `@type` means the latest of
        that type among them.

        All or nothing: when one raises, nothing has happened. Each command's first event comes after the last
        of the one before.
        """
        overlay = Overlay(shelves)
        latest: dict[str, str] = {}
        changes = []
        for command in commands:
            change = self._execute(command, overlay, at, latest)
            latest[change.subject.type] = change.subject.key
            at += max(1, len(change.events))
            changes.append(change)
        return changes

    def is_furnished(self, type: str, shelves: Shelves) -> bool:
        """Whether those of this type that have been there since before are there; true for a type without any."""
        group = KINDS.get(type)
        return group is None or group.house is None or shelves.by_key(f"{type}:house-1") is not None

    def furnished(self, type: str, shelves: Shelves, at: int) -> tuple[Resource, ...]:
        """Those of this type that have been there since before, and what they need, where they are not there yet."""
        group = KINDS.get(type)
        if group is None or group.house is None:
            return ()
        work = self._work(Command(type=type, verb="furnish", quiet=True), Overlay(shelves), at, {})
        furnish(work, group)
        return work.touched()

    def path_to(
        self,
        key: str,
        shelves: Shelves,
        *,
        of: str | None = None,
        overrides: Mapping[str, Any] = _NOTHING,
        add: Mapping[str, Any] = _NOTHING,
        remove: Sequence[str] = (),
        raw: str | None = None,
        only: bool = False,
        alias: str | None = None,
    ) -> list[Command]:
        """What must happen for this event, as a batch for `execute_all`; its last command raises it.

        `of` is the id, key or alias of a resource to go on from, or `last`. `overrides`, `add`, `remove` and
        `raw` change the payload of the event itself. With `only`, nothing is raised but that event. `alias`
        becomes the key of what is made. Raises UserError for a key that cannot be triggered yet, UnknownWord
        for one that nobody can observe. `{{o1.id}}` in `of`, `overrides` and `add` is what the shop says of `o1`.
        """
        commands = path_to(key, shelves, of=None if of is None else str(filled(of, shelves)), alias=alias)
        if not (only or overrides or add or remove or raw is not None):
            return commands
        *before, last = commands
        edit = None
        if overrides or add or remove or raw is not None:
            edit = PayloadEdit(
                key=key, override=filled(overrides, shelves), add=filled(add, shelves), remove=tuple(remove), raw=raw
            )
        if only:
            before = [replace(command, quiet=True) for command in before]
        return [*before, replace(last, only=key if only else None, edit=edit)]

    def _execute(self, command: Command, overlay: Overlay, at: int, latest: Mapping[str, str]) -> Change:
        group = KINDS.get(command.type)
        if group is None:
            raise UnknownWord("resource type", command.type, KINDS.types)
        if command.verb not in group.lifecycle.verbs:
            raise UnknownWord(f"command of a {command.type}", command.verb, group.lifecycle.verbs)
        if command.alias is not None and command.target is not None:
            raise InvalidInput(
                f"{command.verb} makes nothing new that could be called '{command.alias}'", path=("alias",)
            )
        work = self._work(command, overlay, at, latest)
        resource = None if command.target is None else work.find(command.type, command.target)
        verb = group.refine(work, command, resource)
        name = f"a new {command.type}" if resource is None else resource.key
        step = group.lifecycle.step(state_of(resource), verb, name)
        return work.change_of(group.handlers[step.verb](work, resource, step))

    def _work(self, command: Command, overlay: Overlay, at: int, latest: Mapping[str, str]) -> Work:
        return Work(
            command,
            at=at,
            seed=self.seed,
            base_url=self.base_url,
            pool=self.pool,
            fixtures=self._fixtures,
            groups=KINDS,
            shelves=overlay,
            latest=latest,
        )
