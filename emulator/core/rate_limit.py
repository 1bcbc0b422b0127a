"""RateLimit: how many calls are answered in a window of time, and the window that counts them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.core.fields import Fields
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import SECOND, exact_duration, format_duration, parse_duration

_RATE = re.compile(r"(\d{1,9})/(\d\S*|[a-z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """At most `limit` calls in a `window`; `retry_after` is what a refused caller is told, what is left of the window
    where it is None. Microseconds of wall time, as all that callers wait for."""

    limit: int
    window: int = SECOND
    retry_after: int | None = None

    @classmethod
    def parse(cls, value: object, *path: str | int) -> "RateLimit":
        """`100/s`, `20/10s`, or `{limit: 100, window: 1s, retry_after: 2s}`. Raises InvalidInput."""
        if isinstance(value, str | int | float):
            try:
                return parse_rate(str(value))
            except InvalidInput as error:
                raise error.under(*path) from None
        fields = Fields(value, *path)
        limit = cls(
            limit=fields.integer("limit", minimum=0),
            window=fields.duration("window", SECOND),
            retry_after=fields.duration("retry_after", None),
        )
        fields.done()
        if not limit.window:
            raise fields.wrong("window", "a window takes some time; write 1s")
        return limit

    def describe(self) -> Mapping[str, Any]:
        """As a user would write it."""
        told = {} if self.retry_after is None else {"retry_after": exact_duration(self.retry_after)}
        return {"limit": self.limit, "window": exact_duration(self.window), **told}

    def __str__(self) -> str:
        return f"{self.limit} calls in {format_duration(self.window)}"


def parse_rate(text: str) -> RateLimit:
    """`100/s`, `1000/m` or `20/10s`. Raises InvalidInput."""
    found = _RATE.fullmatch(text.strip())
    try:
        if found is None:
            raise InvalidInput(text)
        window = parse_duration(found[2] if found[2][0].isdigit() else f"1{found[2]}")
    except InvalidInput:
        raise InvalidInput(f"'{text}' is not a rate; write 100/s, 1000/m or 20/10s") from None
    if not window:
        raise InvalidInput(f"'{text}' leaves no time for a call; write 100/s, 1000/m or 20/10s")
    return RateLimit(limit=int(found[1]), window=window)


class Window:
    """Counts the calls of one limit. A window begins with the first call after the one before is over."""

    __slots__ = ("_count", "_ends")

    def __init__(self) -> None:
        self._ends = 0
        self._count = 0

    def wait(self, limit: RateLimit, now: int) -> int | None:
        """One more call at `now`: None where it is within the limit, else how long the caller is told to wait."""
        if now >= self._ends:
            self._ends = now + limit.window
            self._count = 0
        self._count += 1
        if self._count <= limit.limit:
            return None
        return self._ends - now if limit.retry_after is None else limit.retry_after
