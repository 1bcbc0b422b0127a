"""Plain resources: made, changed and deleted, and nothing besides. Each type is a `Plain`, a table and a few hooks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store.group import Group, custom_of, present
from emulator.store.lifecycle import Lifecycle, Step, row
from emulator.store.work import Name, Work

Values = Mapping[str, Any]
Check = Callable[[Any], str | None]
"""What is wrong with a value, as the end of a sentence that begins with its field; None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a resource is made of or changed to.

    `values` fill the fixture of a new one, and `parent` is the key of what it belongs to; the others replace fields of
    what they are called.
    """

    values: Values = field(default_factory=dict)
    parent: str | None = None
    document: Values = field(default_factory=dict)
    meta: Values = field(default_factory=dict)
    hidden: Values = field(default_factory=dict)


def _unasked(_attributes: Values) -> Draft:
    return Draft()


def _alone(_work: Work, _resource: Resource) -> None:
    """Nothing goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """One type of plain resources.

    `fields` are those that a caller may write and how each is checked; one that is null is left as it is. `ignored` are
    those that the provider knows and that are not simply written. `made` says what a new one is like; `drifted` what
    changes when an update asks for nothing, given how many updates there are with this one; `asked` what an update
    changes beyond the fields; `left` what goes with a deleted one.
    """

    type: str
    fields: Mapping[str, Check]
    ignored: frozenset[str] = frozenset()
    made: Callable[[Work, Name], Draft]
    drifted: Callable[[Work, Resource, int], Draft]
    asked: Callable[[Values], Draft] = field(default=_unasked)
    left: Callable[[Work, Resource], None] = field(default=_alone)

    def group(self) -> Group:
        """Its lifecycle and its handlers."""
        return Group(
            lifecycle=Lifecycle(
                type=self.type,
                axes=(("present",),),
                rows=(
                    row(None, "create", "present", f"{self.type}.created"),
                    row("present", "update", "present", f"{self.type}.updated"),
                    row("present", "delete", "present", f"{self.type}.deleted"),
                ),
            ),
            handlers={"create": self._create, "update": self._update, "delete": self._delete},
        )

    def _create(self, work: Work, _resource: Resource | None, step: Step) -> Resource:
        attributes = work.command.attributes
        name = work.name(self.type, work.command.alias)
        draft = self.made(work, name)
        made = work.add(
            self.type,
            name,
            draft.values,
            parent=draft.parent,
            hidden={"state": list(step.state), **draft.hidden},
            document={**draft.document, **self._written(attributes)},
            custom=self._custom(attributes),
        )
        work.emit(step.raises, made)
        return made

    def _update(self, work: Work, resource: Resource | None, step: Step) -> Resource:
        old = present(resource)
        attributes = work.command.attributes
        written, custom, draft = self._written(attributes), self._custom(attributes), self.asked(attributes)
        if not (written or custom or draft.document):
            draft = self.drifted(work, old, old.occurrences.get(f"{self.type}.updated", 0) + 1)
        changed = work.change(
            old, document={**written, **draft.document}, meta=draft.meta, hidden=draft.hidden, custom=custom
        )
        work.emit(step.raises, changed)
        return changed

    def _delete(self, work: Work, resource: Resource | None, step: Step) -> Resource:
        old = present(resource)
        self.left(work, old)
        gone = work.change(old, deleted=True)
        work.emit(step.raises, gone)
        return gone

    def _written(self, attributes: Values) -> dict[str, Any]:
        """Raises InvalidInput with the field that is wrong."""
        written = {name: value for name, value in attributes.items() if name in self.fields and value is not None}
        for name, value in written.items():
            complaint = self.fields[name](value)
            if complaint:
                raise InvalidInput(f"the {name} of a {self.type} {complaint}", path=(name,))
        return written

    def _custom(self, attributes: Values) -> dict[str, Any]:
        return custom_of(attributes, self.ignored.union(self.fields))


def text(value: Any) -> str | None:
    """Any text."""
    return None if isinstance(value, str) else "is a text"


def filled(value: Any) -> str | None:
    """A text with something in it."""
    return text(value) if value != "" else "is not empty"


def flag(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "is true or false"
