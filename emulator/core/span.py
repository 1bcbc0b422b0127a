"""Span: from when, and until when, a rule is in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.core.fields import Fields
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import exact_duration, parse_duration, parse_instant, to_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Durations are microseconds of emulated time, counted from when the rule was put in force.

    `skipped` is how many matching events pass first, at each integration; the rest counts from the last of these.
    `until` is a duration, `until_instant` a moment since the epoch.
    """

    skipped: int = 0
    after: int = 0
    lasting: int | None = None
    until: int | None = None
    until_instant: int | None = None

    @classmethod
    def take(cls, fields: Fields) -> "Span":
        """`after` (a number: events; a duration: time), `for`, `until` (a duration or an instant). Raises
        InvalidInput."""
        given = fields.take("after", None)
        counted = isinstance(given, int) and not isinstance(given, bool)
        if counted and given < 1:
            raise fields.wrong("after", f"expected 1 or more events, or a duration, found {given}")
        after = 0 if given is None or counted else _duration(fields, "after", given)
        end = fields.take("until", None)
        instant = None if end is None else _instant(fields, end)
        span = cls(
            skipped=given if counted else 0,
            after=after,
            lasting=fields.duration("for", None),
            until=None if end is None or instant is not None else _duration(fields, "until", end),
            until_instant=instant,
        )
        return ALWAYS if span == ALWAYS else span

    def covers(self, at: int, since: int, begun: int | None) -> bool:
        """Whether the rule acts on what is due at this moment.

        `since` is when it was put in force, `begun` when the last of the skipped events happened, None before that.
        """
        if self.skipped and begun is None:
            return False
        start = (begun if self.skipped and begun is not None else since) + self.after
        if at < start or (self.lasting is not None and at >= start + self.lasting):
            return False
        if self.until is not None and at >= since + self.until:
            return False
        return self.until_instant is None or at < self.until_instant

    def describe(self) -> Mapping[str, Any]:
        """As a user would write it."""
        described: dict[str, Any] = {}
        if self.skipped or self.after:
            described["after"] = self.skipped or exact_duration(self.after)
        if self.lasting is not None:
            described["for"] = exact_duration(self.lasting)
        if self.until is not None or self.until_instant is not None:
            instant = self.until_instant
            described["until"] = exact_duration(self.until or 0) if instant is None else to_micros(instant)
        return described


ALWAYS = Span()


def _duration(fields: Fields, key: str, value: Any) -> int:
    try:
        return parse_duration(value)
    except InvalidInput as error:
        raise fields.wrong(key, str(error)) from None


def _instant(fields: Fields, value: object) -> int | None:
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        return parse_instant(value)
    except InvalidInput as error:
        raise fields.wrong("until", str(error)) from None
