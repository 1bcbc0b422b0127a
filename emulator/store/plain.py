"""Plain resources: made, changed and deleted, and what else their table says. Each type is a `Plain`, a table and a
few hooks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.core.fixture import Form
from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store.check import Check
from emulator.store.draft import Draft, Values
from emulator.store.group import Group, House, Maker, Origin, custom_of, present
from emulator.store.lifecycle import Lifecycle, Step, Transition, row
from emulator.store.work import Name, Work

Move = Callable[[Work, Resource, Step], Draft]
"""What a verb of the resource's own changes, beside its state."""

USUAL = ("created", "updated", "deleted")


def _unmoved(_work: Work, _resource: Resource, _turn: int) -> Draft:
    """A touch: nothing but the time of the change moves."""
    return Draft()


def _unasked(_work: Work, _resource: Resource, _attributes: Values) -> Draft:
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

    `raises` are the events of making, changing and deleting one; a verb whose event is not among them raises nothing.
    A type with states of its own gives `axes`, `rows` and a hook in `moves` for each further verb.
    `house` is how many have been there since before, and how old they are. What `form` says of its fixture is made by
    `store.form`.
    """

    type: str
    form: Form
    fields: Mapping[str, Check]
    ignored: frozenset[str] = frozenset()
    made: Maker
    drifted: Callable[[Work, Resource, int], Draft] = field(default=_unmoved)
    asked: Callable[[Work, Resource, Values], Draft] = field(default=_unasked)
    left: Callable[[Work, Resource], None] = field(default=_alone)
    raises: tuple[str, ...] = USUAL
    axes: tuple[tuple[str, ...], ...] = (("present",),)
    rows: tuple[Transition, ...] = ()
    moves: Mapping[str, Move] = field(default_factory=dict)
    origin: Origin | None = None
    house: int = 0
    days: tuple[int, int] = (30, 330)

    def group(self) -> Group:
        """Its lifecycle and its handlers."""
        rows = self.rows or self._usual_rows()
        verbs = {transition.verb for transition in rows}
        usual = {"create": self._create, "update": self._update, "delete": self._delete}
        return Group(
            lifecycle=Lifecycle(type=self.type, axes=self.axes, rows=rows),
            handlers={
                **{verb: handler for verb, handler in usual.items() if verb in verbs},
                **{verb: self._mover(move) for verb, move in self.moves.items()},
            },
            forms={self.type: self.form},
            origin=self.origin,
            house=House(count=self.house, made=self._furnished, days=self.days) if self.house else None,
        )

    def _usual_rows(self) -> tuple[Transition, ...]:
        any_state = " ".join("*" for _ in self.axes)
        same = " ".join("=" for _ in self.axes)
        first = " ".join(words[0] for words in self.axes)
        return (
            row(None, "create", first, *self._raised("created")),
            row(any_state, "update", same, *self._raised("updated")),
            row(any_state, "delete", same, *self._raised("deleted")),
        )

    def _raised(self, what: str) -> tuple[str, ...]:
        return (f"{self.type}.{what}",) if what in self.raises else ()

    def _furnished(self, work: Work, name: Name, attributes: Values) -> Draft:
        draft = self.made(work, name, attributes)
        return replace(draft, hidden={"state": [words[0] for words in self.axes], **draft.hidden})

    def _create(self, work: Work, _resource: Resource | None, step: Step) -> Resource:
        attributes = work.command.attributes
        name = work.name(self.type, work.command.alias)
        draft = self.made(work, name, attributes)
        made = work.add(
            self.type,
            name,
            draft.values,
            parent=draft.parent,
            hidden={"state": list(step.state), **draft.hidden},
            document=draft.document,
            attributes={**draft.attributes, **self._written(attributes)},
            custom=self._custom(attributes),
        )
        work.emit(step.raises, made)
        return made

    def _update(self, work: Work, resource: Resource | None, step: Step) -> Resource:
        old = present(resource)
        attributes = work.command.attributes
        written, custom, draft = self._written(attributes), self._custom(attributes), self.asked(work, old, attributes)
        if not (written or custom or draft.changes):
            draft = self.drifted(work, old, old.occurrences.get(f"{self.type}.updated", 0) + 1)
        return self._changed(work, old, step, draft, written, custom)

    def _delete(self, work: Work, resource: Resource | None, step: Step) -> Resource:
        old = present(resource)
        self.left(work, old)
        gone = work.change(old, deleted=True)
        work.emit(step.raises, gone)
        return gone

    def _mover(self, move: Move) -> Callable[[Work, Resource | None, Step], Resource]:
        def handler(work: Work, resource: Resource | None, step: Step) -> Resource:
            old = present(resource)
            attributes = work.command.attributes
            draft = move(work, old, step)
            return self._changed(work, old, step, draft, self._written(attributes), self._custom(attributes))

        return handler

    def _changed(
        self, work: Work, old: Resource, step: Step, draft: Draft, written: Values, custom: Values
    ) -> Resource:
        changed = work.change(
            old,
            document=draft.document,
            attributes={**written, **draft.attributes},
            meta=draft.meta,
            hidden={"state": list(step.state), **draft.hidden},
            custom=custom,
        )
        work.emit(step.raises, changed)
        return changed

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
