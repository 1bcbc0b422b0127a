"""The configuration file `epcc-emulator.yaml`: options that need not be typed, refused with file, line and key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.core.fields import Fields
from emulator.core.rate_limit import parse_rate
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import parse_duration, parse_instant
from emulator.loading.document import Document
from emulator.loading.size import parse_size

FILE_NAME = "epcc-emulator.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Values by option name (`data_dir`), checked, and otherwise as they stand in the file.

    `server` is what every command that starts a server takes; `listen` what `listen` takes besides, `tui` how the
    dashboard looks.
    """

    server: Mapping[str, Any]
    listen: Mapping[str, Any]
    tui: Mapping[str, Any]


def load_configuration(path: Path) -> Configuration:
    """Read the file. Paths in it are relative to it. Raises InvalidInput."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(f"there is no configuration file {path}; write one with: epcc-emulator init") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the configuration file {path} cannot be read: {error}") from None
    return parse_configuration(text, str(path), path.parent)


def parse_configuration(text: str, name: str, directory: Path = Path()) -> Configuration:
    """The file's text. Raises InvalidInput with the line and the key, and the nearest word for one that is unknown."""
    document = Document.parse(text, name)
    try:
        fields = Fields(document.value)
        listen = _taken(Fields(fields.take("listen", {}), "listen"), _LISTEN)
        tui = _taken(Fields(fields.take("tui", {}), "tui"), _TUI)
        server = _taken(fields, _SERVER)
    except InvalidInput as error:
        raise document.located(error) from None
    for key in ("data_dir", "fixtures"):
        if key in server:
            server[key] = str(directory / server[key])
    if "keys" in tui:
        tui["keys"] = str(directory / tui["keys"])
    return Configuration(server=server, listen=listen, tui=tui)


Check = Callable[[Fields, str], Any]


def _taken(fields: Fields, checks: Mapping[str, Check]) -> dict[str, Any]:
    values = {}
    for key, check in checks.items():
        found = check(fields, key)
        if found is not None:
            values[key.replace("-", "_")] = found
    fields.done()
    return values


def _text(fields: Fields, key: str) -> Any:
    return fields.text(key, None)


def _flag(fields: Fields, key: str) -> Any:
    return fields.boolean(key, None)


def _number(minimum: float) -> Check:
    return lambda fields, key: fields.number(key, None, minimum=minimum)


def _whole(minimum: int, maximum: int = 2**53) -> Check:
    return lambda fields, key: fields.integer(key, None, minimum=minimum, maximum=maximum)


def _one_of(*words: str) -> Check:
    def check(fields: Fields, key: str) -> Any:
        word = fields.take(key, None)
        # YAML reads a bare `off` as false.
        word = "off" if word is False and "off" in words else word
        if word is not None and word not in words:
            raise fields.wrong(key, f"expected one of {', '.join(words)}, found '{word}'")
        return word

    return check


def _profile(fields: Fields, key: str) -> Any:
    word = fields.take(key, None)
    if word is False:
        return "off"
    if word is not None and not isinstance(word, str):
        raise fields.wrong(key, f"expected the name of a profile or of a file of rules, found '{word}'")
    return word


def _read_by(parse: Callable[[str], Any]) -> Check:
    def check(fields: Fields, key: str) -> Any:
        word = fields.take(key, None)
        if word is None:
            return None
        try:
            parse(str(word))
        except InvalidInput as error:
            raise fields.wrong(key, str(error)) from None
        return str(word)

    return check


def _texts(parse: Callable[[str], Any] = str) -> Check:
    def check(fields: Fields, key: str) -> Any:
        words = fields.take(key, None)
        if words is None:
            return None
        words = [words] if isinstance(words, str) else words
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise fields.wrong(key, "expected a text or a list of texts")
        try:
            for word in words:
                parse(word)
        except InvalidInput as error:
            raise fields.wrong(key, str(error)) from None
        return words

    return check


_SERVER: dict[str, Check] = {
    "host": _text,
    "port": _whole(0, 65535),
    "data-dir": _text,
    "ephemeral": _flag,
    "auth": _one_of("lenient", "strict", "off"),
    "client-id": _text,
    "client-secret": _text,
    "seed": _whole(0),
    "profile": _profile,
    "clock": _one_of("real", "scaled", "virtual"),
    "speed": _number(0.001),
    "start": _read_by(parse_instant),
    "base-url": _text,
    "allow-remote": _texts(),
    "allowed-host": _texts(),
    "history": _read_by(parse_size),
    "webhook-timeout": _read_by(parse_duration),
    "retry-wait": _texts(parse_duration),
    "event-limit": _whole(1),
    "integration-limit": _whole(1),
    "transaction-type": _one_of("hyphen", "underscore"),
    "rate-limit": _read_by(parse_rate),
    "consistency-lag": _read_by(parse_duration),
    "fixtures": _text,
    "body-limit": _read_by(parse_size),
    "enabled": _flag,
    "sqs": _flag,
    "sqs-port": _whole(0, 65535),
    "sqs-endpoint": _text,
    "stomp": _flag,
    "stomp-port": _whole(0, 65534),
    "stomp-behaviour": _one_of("activemq", "rabbitmq"),
    "stomp-tls": _flag,
    "tls": _flag,
}
_LISTEN: dict[str, Check] = {
    "forward-to": _text,
    "queue": _text,
    "region": _text,
    "destination": _text,
    "events": _texts(),
    "secret": _text,
}
_TUI: dict[str, Check] = {
    "theme": _one_of("dark", "light", "high-contrast", "terminal"),
    "keys": _text,
    "ascii": _flag,
}
