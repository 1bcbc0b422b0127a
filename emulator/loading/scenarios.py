"""Scenarios from YAML text, with errors that name file, line, column, key and the nearest right word."""

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from emulator.core.fields import Fields, is_finite
from emulator.core.scenario import LARGEST_SEED, ClockChoice, Observer, Receiver, Scenario
from emulator.domain.catalog import event_glob
from emulator.domain.errors import InvalidInput, UnknownWord, UserError, nearest
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import END_OF_TIME, FASTEST, SECOND, SLOWEST, parse_instant
from emulator.loading.calendar import check_calendar
from emulator.loading.command_line import command_line
from emulator.loading.document import Document
from emulator.loading.expectations import parse_expectations
from emulator.loading.profiles import profile_names
from emulator.loading.references import check_references
from emulator.loading.size import format_size
from emulator.loading.steps import parse_rules, parse_steps

_PACKAGE = "emulator.scenarios"
_LARGEST = 5_000_000  # bytes; ten seconds of reading
_MOST_VALUES = 1_000_000
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}")
_COMMANDS = ("command", "reset", "idle")
_MODES = ("real", "scaled", "virtual")
KEYS = (
    *("$schema", "name", "description", "seed", "clock", "profile", "stagger", "time_limit"),
    *("webhook_timeout", "integrations", "receiver"),
    *("chaos", "steps", "expect"),
)

_WHERE: Mapping[IntegrationType, tuple[str, ...]] = {
    IntegrationType.WEBHOOK: ("secret_key",),
    IntegrationType.AWS_SQS: ("url", "aws_access_key_id", "aws_secret_access_key", "region"),
    IntegrationType.STOMP: ("addresses", "destination", "username", "password"),
}
_ELSEWHERE: Mapping[IntegrationType, tuple[str, tuple[str, ...]]] = {
    IntegrationType.AWS_SQS: ("url", ("aws_access_key_id", "aws_secret_access_key", "region")),
    IntegrationType.STOMP: ("addresses", ("destination",)),
}
"""What says that a queue is not to be made here, and what is needed then."""


def scenario_names() -> list[str]:
    """The scenarios that come with the package."""
    return sorted(entry.name[:-5] for entry in resources.files(_PACKAGE).iterdir() if entry.name.endswith(".yaml"))


def scenario_text(name: str) -> tuple[str, str]:
    """The text of a shipped scenario, or of a file by its path, and what it is called in errors.

    Raises UnknownWord and UserError.
    """
    if name.endswith((".yaml", ".yml")):
        return _file_text(Path(name)), name
    if name not in scenario_names():
        if Path(name).is_file():
            raise UserError(f"{name} is a file, and the name of a scenario's ends in .yaml; call it {name}.yaml")
        raise UnknownWord("scenario", name, scenario_names())
    return resources.files(_PACKAGE).joinpath(f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml"


def _file_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        beside = {one.stem: one for one in path.parent.glob("*.y*ml")}
        close = [str(beside[stem]) for stem in get_close_matches(path.stem, beside, n=1)]
        what = f"did you mean '{close[0]}'?" if close else f"write one with: epcc-emulator scenario new {path}"
        raise UserError(f"there is no scenario file {path}; {what}") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a directory; name a scenario file") from None
    except OSError as error:
        raise UserError(f"the scenario {path} cannot be read: {error.strerror or error}") from None
    if len(raw) > _LARGEST:
        raise InvalidInput(
            f"{path}: this has {format_size(len(raw))}, and a scenario at most {format_size(_LARGEST)}; say what"
            " happens often with repeat, count or traffic"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{path}:{line}: this is not UTF-8 text; is it a scenario?") from None


def load_scenario(name: str, environment: Mapping[str, str]) -> Scenario:
    """A shipped scenario by name, or a file by its path. Raises UnknownWord, UserError and InvalidInput."""
    return parse_scenario(*scenario_text(name), environment)


def parse_scenario(text: str, name: str, environment: Mapping[str, str]) -> Scenario:
    """What a text says, `${NAME}` and `${NAME:-instead}` taken from the environment.

    Raises InvalidInput with the place in the file.
    """
    document = Document.parse(text, name)
    try:
        filled = _Filling(environment).filled(document.value, ())
        scenario = _scenario(filled, Path(name).stem)
        check_references(scenario)
        check_calendar(scenario)
    except InvalidInput as error:
        raise document.placed(error) from None
    return replace(scenario, place_of=document.place_of)


def _scenario(value: Any, name: str) -> Scenario:
    fields = Fields(value)
    for key in value:
        if key not in KEYS:
            raise InvalidInput(f"unknown key '{key}'{nearest(str(key), KEYS)}", path=(str(key),))
    profile = fields.take("profile", "off")
    profile = "off" if profile is False else profile  # YAML reads a bare `off` as false
    if not isinstance(profile, str) or not (profile.endswith((".yaml", ".yml")) or profile in profile_names()):
        raise fields.wrong("profile", f"unknown profile '{profile}'{nearest(str(profile), profile_names())}")
    if profile.endswith((".yaml", ".yml")) and not Path(profile).is_file():
        raise fields.wrong("profile", f"there is no file {profile}")
    fields.text("$schema", "")  # which editors look at
    scenario = Scenario(
        name=fields.text("name", name),
        description=fields.text("description", ""),
        seed=fields.integer("seed", 1, maximum=LARGEST_SEED),
        clock=_clock(fields),
        profile=profile,
        stagger=fields.duration("stagger", SECOND),
        time_limit=fields.duration("time_limit", 300 * SECOND),
        webhook_timeout=fields.duration("webhook_timeout", 30 * SECOND),
        integrations=_observers(fields),
        receiver=_receiver(fields),
        rules=parse_rules(fields.take("chaos", []), "chaos"),
        steps=parse_steps(fields.take("steps"), "steps"),
        expect=parse_expectations(fields.take("expect", []), "expect"),
    )
    fields.done()
    if not scenario.steps:
        raise fields.wrong("steps", "nothing happens in it; write a step, as in - {trigger: order.paid}")
    return scenario


def _clock(fields: Fields) -> ClockChoice:
    given = fields.take("clock", {})
    inner = Fields({"mode": given} if isinstance(given, str) else given, "clock")
    mode, start = inner.text("mode", "virtual"), inner.text("start", None)
    if mode not in _MODES:
        raise inner.wrong("mode", f"unknown mode '{mode}'{nearest(mode, _MODES)}")
    speed = inner.number("speed", None, minimum=SLOWEST, maximum=FASTEST)
    if speed is not None and mode != "scaled":
        raise inner.wrong("speed", f"a {mode} clock has no speed; write mode: scaled")
    inner.done()
    try:
        begun = {} if start is None else {"start": parse_instant(start)}
    except InvalidInput as error:
        raise inner.wrong("start", str(error)) from None
    if begun and begun["start"] > END_OF_TIME:
        raise inner.wrong("start", f"'{start}' is beyond the year 9997, where our calendar ends")
    return ClockChoice(mode=mode, speed=60.0 if speed is None else speed, **begun)


def _observers(fields: Fields) -> tuple[Observer, ...]:
    listed = fields.take("integrations", [])
    if not isinstance(listed, list):
        raise fields.wrong("integrations", "expected a list of integrations")
    observers: list[Observer] = []
    for place, each in enumerate(listed):
        observer = _observer(Fields(each, "integrations", place))
        if any(observer.name == other.name for other in observers):
            raise InvalidInput(f"there are two integrations called '{observer.name}'", path=("integrations", place))
        observers.append(observer)
    return tuple(observers)


def _observer(fields: Fields) -> Observer:
    kind = fields.choice("type", IntegrationType, IntegrationType.WEBHOOK)
    observes = fields.take("observes", ["*"])
    if not isinstance(observes, list) or not observes:
        raise fields.wrong("observes", "expected a list of event keys or globs, as in [order.*]")
    globs = tuple(event_glob(str(each), *fields.path, "observes", place) for place, each in enumerate(observes))
    url = _webhook_url(fields) if kind is IntegrationType.WEBHOOK else None
    observer = Observer(
        name=fields.text("name"),
        integration_type=kind,
        observes=globs,
        enabled=fields.boolean("enabled", True),
        configuration=({} if url is None else {"url": url})
        | {key: value for key in _WHERE[kind] if (value := _where(fields, key)) is not None},
    )
    fields.done()
    where, needed = _ELSEWHERE.get(kind, ("", ()))
    if where in observer.configuration:
        missing = [key for key in needed if key not in observer.configuration]
        if missing:
            what = f"a queue with {'a url' if where == 'url' else where} needs {', '.join(missing)} too"
            raise fields.wrong(where, f"{what}; without {where}, one is made here")
    return observer


def _webhook_url(fields: Fields) -> str | None:
    url: str | None = fields.text("url", None)
    if url is not None and not url.startswith(("http://", "https://")):
        raise fields.wrong("url", f"'{url}' is no address of a webhook; write it with http:// or https:// in front")
    return url


def _where(fields: Fields, key: str) -> Any:
    return fields.text(key, None) if key != "addresses" or key not in fields else fields.listed(key, str)


def _receiver(fields: Fields) -> Receiver:
    inner = Fields(fields.take("receiver", {}), "receiver")
    commands = {key: command_line(inner, key, None) for key in _COMMANDS}
    receiver = Receiver(**commands, url=_webhook_url(inner), ready=inner.text("ready", None))
    if receiver.ready is not None and "://" not in receiver.ready:
        raise inner.wrong("ready", f"'{receiver.ready}' is no address; write it with http:// in front")
    inner.done()
    return receiver


class _Filling:
    """Puts what the environment holds in the place of its names."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._left = _MOST_VALUES

    def filled(self, node: Any, path: tuple[str | int, ...]) -> Any:
        """Raises InvalidInput for a name that is not there, numbers that are none, and a text that unfolds to too much:
        aliases may repeat each other."""
        self._left -= 1
        if self._left < 0:
            raise InvalidInput(f"with what its aliases repeat, this comes to over {_MOST_VALUES:,} values", path=path)
        if isinstance(node, Mapping):
            return {key: self.filled(value, (*path, str(key))) for key, value in node.items()}
        if isinstance(node, list):
            return [self.filled(value, (*path, place)) for place, value in enumerate(node)]
        if isinstance(node, float) and not is_finite(node):
            raise InvalidInput(f"expected a finite number, found {node}", path=path)
        return _VARIABLE.sub(lambda found: self._value_of(found, path), node) if isinstance(node, str) else node

    def _value_of(self, found: "re.Match[str]", path: tuple[str | int, ...]) -> str:
        name, instead = found.groups()
        if instead is not None and name not in self._environment:
            return str(instead)
        try:
            return self._environment[name]
        except KeyError:
            instead = "run it with --forward-to URL" if name == "RECEIVER_URL" else f"write ${{{name}:-…}}"
            raise InvalidInput(f"the environment has no {name}; set it, or {instead}", path=path) from None
