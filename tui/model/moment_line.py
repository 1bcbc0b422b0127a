"""MomentLine: a moment of a saved journal as people type it."""

import re
from datetime import timedelta, tzinfo

from emulator.domain.errors import InvalidInput
from emulator.domain.moment import SECOND, parse_duration, parse_instant
from tui.model.clock_text import moment_of
from tui.model.reel import Reel

_RECORD = re.compile(r"#?(\d{1,15})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")


def go_to(line: str, reel: Reel, zone: tzinfo | None) -> None:
    """To `start`, `end`, a record (`1204`), a clock time of the day that is shown (`00:12:31.4`), an instant, or so
    much earlier or later (`-30s`, `+5m`). Raises InvalidInput for anything else; beyond an end it is that end."""
    text = line.strip()
    if text in ("start", "end"):
        reel.to(0 if text == "start" else len(reel))
    elif found := _RECORD.fullmatch(text):
        reel.to_record(int(found[1]))
    elif text[:1] in ("+", "-"):
        micros = parse_duration(text[1:].strip())
        reel.pass_time(micros if text[0] == "+" else -micros)
    elif found := _CLOCK.fullmatch(text):
        reel.to_moment(_of_the_day(found, reel.at, zone))
    elif "T" in text:
        reel.to_moment(parse_instant(text))
    else:
        raise InvalidInput(f"'{text[:40]}' is no moment; write 1204, 00:12:31, +5m, -30s, start or end")


def _of_the_day(found: re.Match[str], now: int, zone: tzinfo | None) -> int:
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise InvalidInput(f"'{found[0]}' is no time of a day")
    micros = int((found[4] or "0").ljust(6, "0"))
    shown = moment_of(now, zone)
    wanted = shown.replace(hour=hour, minute=minute, second=second, microsecond=micros)
    return now + (wanted - shown) // timedelta(microseconds=1)


def length_text(micros: int) -> str:
    """`00:12:31.4`: how long after the beginning."""
    tenths = micros // (SECOND // 10)
    seconds, tenth = divmod(tenths, 10)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}.{tenth}"
