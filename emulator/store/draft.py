"""Draft: what a resource is made of, or changed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`values` fill the fixture of a new resource, and `parent` is the key of what it belongs to.

    The others replace fields of what they are called; those of `attributes` lie where the document keeps its fields.
    """

    values: Values = field(default_factory=dict)
    parent: str | None = None
    attributes: Values = field(default_factory=dict)
    document: Values = field(default_factory=dict)
    meta: Values = field(default_factory=dict)
    hidden: Values = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether something that can be seen would be replaced."""
        return bool(self.attributes or self.document or self.meta)
