"""Instants and durations. Inside, time is integer microseconds since the Unix epoch."""

import re
from datetime import UTC, datetime, timedelta

from emulator.domain.errors import InvalidInput

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LONGEST = 3650 * DAY
"""The longest duration there is: ten years, so that every instant can still be written down."""

_UNITS = {"us": 1, "ms": 1_000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)(us|ms|s|m|h|d))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_duration(text: str) -> int:
    """`250ms`, `30s`, `1h30m` in microseconds. Raises InvalidInput for anything else, and beyond ten years."""
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        raise InvalidInput(f"'{text}' is not a duration; write 250ms, 30s, 10m or 2h")
    micros = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if micros > LONGEST:
        raise InvalidInput(f"'{text[:40]}' is too long; the longest duration is {LONGEST // DAY}d")
    return round(micros)


def exact_duration(micros: int) -> str:
    """A duration that `parse_duration` reads back as the very same: `1h30m`, `1s500ms`."""
    parts = []
    for unit in ("h", "m", "s", "ms", "us"):
        whole, micros = divmod(micros, _UNITS[unit])
        if whole:
            parts.append(f"{whole}{unit}")
    return "".join(parts) or "0s"


def format_duration(micros: int) -> str:
    """A duration for people: `12ms`, `3.2s`, `4m10s`, `2h05m`."""
    if micros < 0:
        return "-" + format_duration(-micros)
    if micros < SECOND:
        return f"{micros / 1000:.0f}ms" if micros >= 1000 or micros == 0 else f"{micros}us"
    if micros < MINUTE:
        return f"{micros / SECOND:.1f}s".replace(".0s", "s")
    if micros < HOUR:
        minutes, rest = divmod(micros, MINUTE)
        return f"{minutes}m{rest // SECOND:02d}s"
    hours, rest = divmod(micros, HOUR)
    return f"{hours}h{rest // MINUTE:02d}m"


def parse_instant(text: str) -> int:
    """An ISO 8601 instant with an offset or `Z`, in microseconds since the epoch. Raises InvalidInput for anything
    else, and for one that is in no year of our calendar."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise InvalidInput(f"'{text}' is not an instant; write 2026-01-01T00:00:00Z") from None
    if moment.tzinfo is None:
        raise InvalidInput(f"'{text}' has no time zone; add Z")
    try:
        return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
    except OverflowError:
        raise InvalidInput(f"'{text}' is out of our calendar, which has the years 1 to 9999") from None


def to_seconds(micros: int) -> str:
    """`2026-01-01T00:00:00Z`: the precision of the provider's carts and orders."""
    return _written(micros, "seconds")


def to_millis(micros: int) -> str:
    """`2026-01-01T00:00:00.123Z`: the precision of the provider's integrations, customers and products."""
    return _written(micros, "milliseconds")


def to_micros(micros: int) -> str:
    """`2026-01-01T00:00:00.123456Z`: our own surfaces."""
    return _written(micros, "microseconds")


def _written(micros: int, precision: str) -> str:
    try:
        moment = _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise InvalidInput("this leads out of our calendar, which has the years 1 to 9999") from None
    return moment.isoformat(timespec=precision).removesuffix("+00:00") + "Z"


SLOWEST, FASTEST = 0.001, 1_000_000
"""How many emulated seconds a scaled clock may have in a second."""

BEGINNING_OF_TIME = parse_instant("0001-01-01T00:00:00Z")
END_OF_TIME = parse_instant("9998-01-01T00:00:00Z")
"""Where our calendar ends: later instants cannot be written down with room to spare."""
