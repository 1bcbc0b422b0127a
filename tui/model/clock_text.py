"""Clock text: a moment as a clock on the wall shows it, in a given zone."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_SECOND = 1_000_000


def clock_text(at: int, zone: tzinfo | None = UTC) -> str:
    """`14:03:07.482`; `at` is microseconds since the epoch. Without a zone, this machine's."""
    second, rest = divmod(at, _SECOND)
    return f"{_to_the_second(second, zone)}.{rest // 1000:03d}"


def moment_of(at: int, zone: tzinfo | None = UTC) -> datetime:
    """The same as a date and time; far outside the calendar, its nearest end."""
    try:
        return (_EPOCH + timedelta(microseconds=at)).astimezone(zone)
    except OverflowError:
        return _FIRST if at < 0 else _LAST


@lru_cache(maxsize=4096)
def _to_the_second(second: int, zone: tzinfo | None) -> str:
    return f"{moment_of(second * _SECOND, zone):%H:%M:%S}"
