"""Filter: a text that says which deliveries are shown, read and compiled."""

from collections.abc import Collection
from dataclasses import dataclass, field

from tui.model.filter.parser import tree_of
from tui.model.filter.predicate import Context, Predicate, predicate
from tui.model.filter.tree import Every, Node, texts_of

__all__ = ["Context", "Filter", "parse"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Two that mean the same tree are equal.

    `texts` is what the engine is to be asked for in bodies. `matches(row, context)` tells whether the row is shown; it
    is the compiled function itself, as every row is asked.
    """

    tree: Node
    texts: frozenset[str] = field(compare=False)
    matches: Predicate = field(compare=False, repr=False)

    @property
    def empty(self) -> bool:
        """Whether it lets everything through because it says nothing."""
        return self.tree == Every(terms=())


def parse(text: str, events: Collection[str] = ()) -> Filter:
    """The filter that this text says. `events` are event keys that are known beside the catalog's.

    Raises WrongFilter, with the place, for whatever cannot be read.
    """
    tree = tree_of(text, events)
    return Filter(tree, texts_of(tree), predicate(tree))
