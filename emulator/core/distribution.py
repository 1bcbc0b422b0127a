"""Distribution: how long something takes, drawn from dice. Durations are microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp
from typing import Any

from emulator.core.dice import Stream
from emulator.core.fields import Fields
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import LONGEST, exact_duration, format_duration, parse_duration


class Shape(StrEnum):
    FIXED = "fixed"
    UNIFORM = "uniform"
    NORMAL = "normal"
    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"


_FIXED, _UNIFORM, _NORMAL, _LOGNORMAL, _ = Shape
_PARAMETERS = {
    Shape.FIXED: ("value",),
    Shape.UNIFORM: ("lower", "upper"),
    Shape.NORMAL: ("mean", "stddev"),
    Shape.LOGNORMAL: ("median",),
    Shape.EXPONENTIAL: ("mean",),
}

DISTRIBUTION_FIELDS: Mapping[str, str] = {
    "distribution": "`fixed` (default), `uniform`, `normal`, `lognormal` or `exponential`",
    "value": "of `fixed`: a duration",
    "lower": "of `uniform`",
    "upper": "of `uniform`",
    "mean": "of `normal` and `exponential`",
    "stddev": "of `normal`",
    "median": "of `lognormal`",
    "sigma": "of `lognormal`: a number; 1",
    "max": "no more than this",
}
"""What people are told of each field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """`first` and `second` are the shape's parameters in the order of the vocabulary; `sigma` is lognormal's."""

    shape: Shape
    first: int
    second: int = 0
    sigma: float = 0.0
    max: int | None = None

    @classmethod
    def parse(cls, value: object, *path: str | int) -> "Distribution":
        """A bare duration is a fixed one. Raises InvalidInput."""
        if isinstance(value, str | int | float):
            try:
                return cls(shape=Shape.FIXED, first=parse_duration(str(value)))
            except InvalidInput as error:
                raise error.under(*path) from None
        fields = Fields(value, *path)
        distribution = cls.take(fields)
        fields.done()
        return distribution

    @classmethod
    def take(cls, fields: Fields) -> "Distribution":
        shape = fields.choice("distribution", Shape, Shape.FIXED)
        sigma = ("sigma",) if shape is Shape.LOGNORMAL else ()
        fields.only(("distribution", *_PARAMETERS[shape], *sigma, "max"))
        first, second = (*[fields.duration(name) for name in _PARAMETERS[shape]], 0)[:2]
        if shape is Shape.UNIFORM and second < first:
            raise fields.wrong("upper", f"is below lower ({format_duration(first)})")
        return cls(
            shape=shape,
            first=first,
            second=second,
            sigma=fields.number("sigma", 1.0, minimum=0.0, maximum=10.0) if sigma else 0.0,
            max=fields.duration("max", None),
        )

    def draw(self, stream: Stream) -> int:
        """Microseconds, at least 0 and at most `max`, or ten years."""
        shape = self.shape
        if shape is _FIXED:
            drawn = self.first
        elif shape is _UNIFORM:
            drawn = self.first + stream.below(self.second - self.first + 1)
        elif shape is _NORMAL:
            drawn = round(self.first + self.second * stream.gauss())
        elif shape is _LOGNORMAL:
            drawn = round(self.first * exp(self.sigma * stream.gauss()))
        else:
            drawn = round(self.first * stream.exponential())
        return min(max(drawn, 0), LONGEST if self.max is None else self.max)

    def describe(self) -> Mapping[str, Any]:
        """As a user would write it."""
        values = (self.first, self.second)
        named: dict[str, Any] = {
            name: exact_duration(value) for name, value in zip(_PARAMETERS[self.shape], values, strict=False)
        }
        if self.shape is Shape.LOGNORMAL:
            named["sigma"] = self.sigma
        if self.max is not None:
            named["max"] = exact_duration(self.max)
        return {"distribution": self.shape.value, **named}
