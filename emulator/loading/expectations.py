"""Expectations of a scenario from what was written: each a mapping with one word, and what it is about."""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.core.expectation import (
    STABLE_FOR,
    Asked,
    Converges,
    Counted,
    Eventually,
    Expectation,
    Expected,
    Holds,
    Never,
    NoMore,
    Ordered,
    Sought,
)
from emulator.core.fields import Fields
from emulator.core.json_path import json_path
from emulator.domain.catalog import event_glob
from emulator.domain.errors import InvalidInput, nearest
from emulator.domain.moment import parse_duration
from emulator.loading.probe_targets import parse_target

_PROBED = ("exactly", "at_least", "never", "converges")


def parse_expectations(value: object, *path: str | int) -> tuple[Expectation, ...]:
    """A list of expectations. Raises InvalidInput with the place and the nearest right word."""
    if not isinstance(value, list):
        raise InvalidInput("expected a list of expectations", path=path)
    return tuple(_expectation(each, (*path, place)) for place, each in enumerate(value))


def _expectation(value: object, path: tuple[str | int, ...]) -> Expectation:
    if not isinstance(value, Mapping) or len(value) != 1:
        raise InvalidInput(f"an expectation is one of {', '.join(EXPECTATIONS)}", path=path)
    [word] = value
    if word not in EXPECTATIONS:
        raise InvalidInput(f"unknown expectation '{word}'{nearest(str(word), EXPECTATIONS)}", path=(*path, word))
    fields = Fields(value[word], *path, word)
    if "probe" in fields and word not in _PROBED:
        raise fields.wrong("probe", f"'{word}' is about deliveries; of a probe you can expect {', '.join(_PROBED)}")
    expected = EXPECTATIONS[word](fields)
    fields.done()
    return Expectation(word=word, expected=expected, written=value)


def _eventually(fields: Fields) -> Eventually:
    within = fields.duration("within", None)
    return Eventually(sought=_sought(fields, delivered=True), within=within)


def _never(fields: Fields) -> Never | Holds:
    if "probe" in fields:
        return Holds(asked=_asked(fields), value=fields.take("equals"), never=True)
    return Never(sought=_sought(fields))


def _exactly(fields: Fields) -> Counted | Holds:
    if "probe" in fields:
        asked = _asked(fields)
        return Holds(asked=asked, value=_number(fields, "equals") if asked.counts else fields.take("equals"))
    return Counted(count=fields.integer("count"), sought=_sought(fields))


def _at_least(fields: Fields) -> Counted | Holds:
    if "probe" in fields:
        asked = _asked(fields)
        return Holds(asked=asked, value=_number(fields, "value"), at_least=True)
    return Counted(count=fields.integer("count", 1, minimum=1), sought=_sought(fields), at_least=True)


def _ordered(fields: Fields) -> Ordered:
    listed = fields.take("events")
    if not isinstance(listed, list) or len(listed) < 2:
        raise fields.wrong("events", "expected two event keys or more, as in [order.created, order.paid]")
    events = tuple(event_glob(str(each), *fields.path, "events", place) for place, each in enumerate(listed))
    return Ordered(events=events, sought=_subject(fields))


def _no_more(fields: Fields) -> NoMore:
    after = fields.text("after")
    event = fields.take("event", "*")
    sought = _subject(fields, _glob(fields, "event", event))
    if "." not in after or after[0].isdigit():
        try:
            return NoMore(sought=sought, after_time=parse_duration(after))
        except InvalidInput:
            raise fields.wrong("after", f"'{after}' is no event key, and no duration such as 30m") from None
    return NoMore(sought=sought, after_event=_glob(fields, "after", after))


def _converges(fields: Fields) -> Converges:
    return Converges(asked=_asked(fields))


def _sought(fields: Fields, *, delivered: bool | None = None) -> Sought:
    subject = _subject(fields, _glob(fields, "event", fields.take("event")))
    at_least, at_most = _attempts(fields)
    return Sought(
        event=subject.event,
        integration=subject.integration,
        resource=subject.resource,
        delivered=fields.boolean("delivered", delivered),
        attempts_from=at_least,
        attempts_to=at_most,
    )


def _subject(fields: Fields, event: str = "*") -> Sought:
    """Which deliveries it is about, whatever becomes of them."""
    return Sought(event=event, integration=fields.text("integration", None), resource=fields.text("resource", None))


def _attempts(fields: Fields) -> tuple[int, int | None]:
    """A number, or `{at_least, at_most}`."""
    given = fields.take("attempts", None)
    if not isinstance(given, Mapping):
        number = None if given is None else Fields({"attempts": given}, *fields.path).integer("attempts")
        return (0, None) if number is None else (number, number)
    inner = Fields(given, *fields.path, "attempts")
    least, most = inner.integer("at_least", 0), inner.integer("at_most", None)
    inner.done()
    if most is not None and most < least:
        raise inner.wrong("at_most", f"no number is at least {least} and at most {most}")
    return least, most


def _asked(fields: Fields) -> Asked:
    target = parse_target(fields.take("probe"), *fields.path, "probe")
    path, count = fields.text("path", None), fields.text("count", None)
    if path is not None and count is not None:
        raise fields.wrong("count", "a probe is asked for the value at a path, or how many there are; keep one")
    word = "path" if count is None else "count"
    text = path or count or "$"
    json_path(text, *fields.path, word)
    return Asked(
        target=target, path=text, counts=count is not None, stable_for=fields.duration("stable_for", STABLE_FOR)
    )


def _number(fields: Fields, key: str) -> Any:
    value = fields.take(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fields.wrong(key, f"expected a number, found {value!r}")
    return value


def _glob(fields: Fields, key: str, value: object) -> str:
    return event_glob(str(value), *fields.path, key)


EXPECTATIONS: Mapping[str, Callable[[Fields], Expected]] = {
    "eventually": _eventually,
    "never": _never,
    "exactly": _exactly,
    "at_least": _at_least,
    "ordered": _ordered,
    "no_more": _no_more,
    "converges": _converges,
}
"""What a scenario may expect, by the word that stands for it."""
