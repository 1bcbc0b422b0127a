"""Steps of a scenario from what was written: each a mapping with one action, or a bare word."""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.core.fields import Fields
from emulator.core.rate_limit import RateLimit, parse_rate
from emulator.core.rule import Rule
from emulator.core.step import (
    Heal,
    KeepBusy,
    Load,
    Misbehave,
    Mix,
    Pause,
    Phase,
    Placed,
    Release,
    Repeat,
    Resume,
    Settle,
    Sleep,
    Step,
    Trigger,
)
from emulator.domain.catalog import CATALOG, is_observable
from emulator.domain.errors import InvalidInput, nearest
from emulator.domain.moment import SECOND

_Path = tuple[str | int, ...]
_MOST = 1_000_000


def parse_steps(value: object, *path: str | int) -> tuple[Step, ...]:
    """A list of steps. Raises InvalidInput with the place and the nearest right word."""
    if not isinstance(value, list):
        raise InvalidInput("expected a list of steps, as in - {trigger: order.paid}", path=path)
    return tuple(parse_step(each, *path, place) for place, each in enumerate(value))


def parse_step(value: object, *path: str | int) -> Step:
    """One step."""
    if isinstance(value, str):
        value = {value: None}
    fields = Fields(value, *path)
    named = ["phase"] if "phase" in fields else [action for action in ACTIONS if action in fields]
    if len(named) != 1:
        raise _not_one(value, named, path)
    at, after = fields.duration("at", None), fields.duration("after", None)
    if at is not None and after is not None:
        raise fields.wrong("after", "a step is placed 'at' a time or 'after' the one before; keep one")
    step = ACTIONS[named[0]](fields)
    fields.done()
    return step if at is None and after is None else Placed(step=step, at=at, after=after)


def parse_rules(value: object, *path: str | int) -> tuple[Rule, ...]:
    """A list of rules with ids of their own."""
    if not isinstance(value, list):
        raise InvalidInput("expected a list of rules", path=path)
    rules: list[Rule] = []
    for place, each in enumerate(value):
        rule = Rule.parse(each, *path, place)
        if any(rule.id == other.id for other in rules):
            raise InvalidInput(f"there are two rules with the id '{rule.id}'; give one another id", path=(*path, place))
        rules.append(rule)
    return tuple(rules)


def _not_one(value: object, named: list[str], path: _Path) -> InvalidInput:
    if len(named) > 1:
        return InvalidInput(f"a step does one thing; found {' and '.join(named)}", path=path)
    assert isinstance(value, Mapping)
    word = next((str(key) for key in value if key not in ("at", "after")), None)
    if word is None:
        return InvalidInput(f"this step does nothing; write one of {', '.join(ACTIONS)}", path=path)
    return InvalidInput(f"unknown step '{word}'{nearest(word, ACTIONS)}", path=(*path, word))


def _trigger(fields: Fields) -> Trigger:
    key = fields.text("trigger")
    if not is_observable(key):
        raise fields.wrong("trigger", f"unknown event key '{key}'{nearest(key, CATALOG)}")
    load = _load(fields)
    alias = fields.text("as", None)
    if alias is not None and load.count > 1 and "{{n}}" not in alias:
        raise fields.wrong("as", "one name cannot stand for several resources; write it with {{n}}, the number of each")
    return Trigger(
        key=key,
        of=fields.text("of", None),
        alias=alias,
        only=fields.boolean("only", False),
        override=_mapping(fields, "override"),
        add=_mapping(fields, "add"),
        remove=_texts(fields, "remove"),
        load=load,
    )


def _load(fields: Fields) -> Load:
    """`count` with or without a `rate`, a `rate` `for` so long, a `burst`, or a `ramp`."""
    count = fields.integer("count", None, minimum=1, maximum=_MOST)
    rate, lasting = fields.take("rate", None), fields.duration("for", None)
    burst, ramp = fields.take("burst", None), fields.take("ramp", None)
    given = [name for name, value in (("rate", rate), ("burst", burst), ("ramp", ramp)) if value is not None]
    if len(given) > 1:
        raise fields.wrong(given[1], f"'{given[0]}' says already how they are spread; keep one of the two")
    if burst is not None or ramp is not None:
        for name, value in (("count", count), ("for", lasting)):
            if value is not None:
                raise fields.wrong(name, f"the {given[0]} says that itself; leave it out here")
    if burst is not None:
        inner = Fields(burst, *fields.path, "burst")
        load = Load(count=inner.integer("count", minimum=1, maximum=_MOST), over=inner.duration("over", 0))
        inner.done()
        return load
    if ramp is not None:
        return _ramp(Fields(ramp, *fields.path, "ramp"))
    if rate is None:
        if lasting is not None:
            raise fields.wrong("for", "says how long a rate lasts; write the rate, as in rate: 5/s")
        return Load(count=count or 1)
    limit = _rate_of_events(fields, rate)
    if count is None and lasting is None:
        raise fields.wrong("rate", "how many is missing; write count, or for with a duration")
    if count is not None and lasting is not None:
        raise fields.wrong("for", "the count says already how many; keep one of the two")
    if count is None:
        count = _bounded(fields, "for", max(1, limit.limit * lasting // limit.window))
    return Load(count=count, over=count * limit.window // limit.limit)


def _ramp(fields: Fields) -> Load:
    begin, end = _rate(fields, "from", fields.take("from")), _rate(fields, "to", fields.take("to"))
    over = fields.duration("over")
    fields.done()
    if not begin.limit and not end.limit:
        raise fields.wrong("to", "a ramp from 0 leads to a rate above 0")
    first, last = begin.limit * SECOND / begin.window, end.limit * SECOND / end.window
    count = _bounded(fields, "over", max(1, round((first + last) / 2 * over / SECOND)))
    return Load(count=count, over=over, begin=first, end=last)


def _bounded(fields: Fields, key: str, count: int) -> int:
    if count > _MOST:
        raise fields.wrong(key, f"that would be {count:,} times, and a step happens {_MOST:,} times at most")
    return count


def _rate_of_events(fields: Fields, value: object) -> RateLimit:
    limit = _rate(fields, "rate", value)
    if not limit.limit:
        raise fields.wrong("rate", "a rate is above 0")
    return limit


def _rate(fields: Fields, key: str, value: object) -> RateLimit:
    try:
        return parse_rate(value if isinstance(value, str) else str(value))
    except InvalidInput as error:
        raise fields.wrong(key, str(error)) from None


def _traffic(fields: Fields) -> KeepBusy:
    inner = fields.under("traffic")
    rate = _rate_of_events(inner, inner.take("rate"))
    mix = inner.take("mix", {})
    if not isinstance(mix, Mapping):
        raise inner.wrong("mix", "expected stories and their weights, as in {order: 5, cart: 20}")
    weights = Fields(mix, *inner.path, "mix")
    busy = KeepBusy(
        rate=rate,
        mix={str(name): weights.number(name, minimum=0.0) for name in mix},
        duration=inner.duration("for", None),
        count=inner.integer("count", None, minimum=1, maximum=_MOST),
    )
    inner.done()
    if busy.duration is None and busy.count is None:
        raise inner.wrong("for", "it would never end; write for with a duration, or count")
    return busy


def _sleep(fields: Fields) -> Sleep:
    return Sleep(micros=fields.duration("sleep"))


def _pause(fields: Fields) -> Pause:
    return Pause(integration=fields.text("pause"))


def _resume(fields: Fields) -> Resume:
    return Resume(integration=fields.text("resume"))


def _bare(word: str, step: Callable[[], Step]) -> Callable[[Fields], Step]:
    def parse(fields: Fields) -> Step:
        value = fields.take(word)
        if value not in (None, True):
            raise fields.wrong(word, "takes nothing; write it alone")
        return step()

    return parse


def _chaos(fields: Fields) -> Misbehave:
    value = fields.take("chaos")
    if not isinstance(value, Mapping):
        raise fields.wrong("chaos", "as a step, expected what to add and what to remove: {add: [RULE], remove: [ID]}")
    inner = Fields(value, *fields.path, "chaos")
    added = inner.take("add", [])
    misbehave = Misbehave(add=parse_rules(added, *inner.path, "add"), remove=_texts(inner, "remove"))
    inner.done()
    return misbehave


def _repeat(fields: Fields) -> Repeat:
    inner = fields.under("repeat")
    repeat = Repeat(
        count=inner.integer("count", minimum=1, maximum=_MOST),
        steps=parse_steps(inner.take("steps"), *inner.path, "steps"),
    )
    inner.done()
    return repeat


def _mix(fields: Fields) -> Mix:
    inner = fields.under("mix")
    count, listed = inner.integer("count", minimum=1, maximum=_MOST), inner.take("of")
    inner.done()
    path = (*inner.path, "of")
    if not isinstance(listed, list) or not listed:
        raise InvalidInput("expected a list of steps, each with a weight", path=path)
    weighed = []
    for place, each in enumerate(listed):
        entry = Fields(each, *path, place)
        weight = entry.number("weight", 1.0, minimum=0.0)
        rest = {key: value for key, value in each.items() if key != "weight"}
        weighed.append((weight, parse_step(rest, *path, place)))
    if not sum(weight for weight, _ in weighed):
        raise InvalidInput("all of them weigh nothing; give one a weight above 0", path=path)
    return Mix(count=count, of=tuple(weighed))


def _phase(fields: Fields) -> Phase:
    name = fields.text("phase")
    rules = fields.take("chaos", [])
    return Phase(
        name=name,
        steps=parse_steps(fields.take("steps"), *fields.path, "steps"),
        rules=parse_rules(rules, *fields.path, "chaos"),
    )


def _mapping(fields: Fields, key: str) -> Mapping[str, Any]:
    value = fields.take(key, {})
    if not isinstance(value, Mapping):
        raise fields.wrong(key, "expected paths and values, as in {data.customer.email: ann@example.com}")
    return {str(path): inner for path, inner in value.items()}


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    value = fields.take(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise fields.wrong(key, "expected a text or a list of texts")
    return tuple(listed)


ACTIONS: Mapping[str, Callable[[Fields], Step]] = {
    "trigger": _trigger,
    "traffic": _traffic,
    "sleep": _sleep,
    "settle": _bare("settle", Settle),
    "heal": _bare("heal", Heal),
    "pause": _pause,
    "resume": _resume,
    "release": _bare("release", Release),
    "repeat": _repeat,
    "mix": _mix,
    "phase": _phase,
    "chaos": _chaos,
}
"""What a step may do, by the word that stands for it."""
