"""Manual: what people are told of a fault, beside what its code says itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """`source` is where the provider's text speaks of it, None where it says nothing. `fields` says of each field what
    it means, with its default. The `example` is a rule; `modes` are the kinds that there are of it, and `needs` what
    some of them cannot do without."""

    example: Mapping[str, Any]
    fields: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str | None = None
