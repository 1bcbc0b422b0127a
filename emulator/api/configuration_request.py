"""The `configuration` object as clients send it: parsed by integration type, merged with what is stored."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from emulator.api.refusal import ErrorEntry, invalid
from emulator.core.masking import unmasked
from emulator.domain.errors import InvalidInput
from emulator.domain.integration import (
    Configuration,
    IntegrationType,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.transports.target import target_of

Complaint = str | None
"""What is wrong with a value, as the end of a sentence; None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    check: Callable[[Any], Complaint]
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationRequest:
    """What came of a `configuration`: the value, or what is wrong with it; and the attributes that were ignored."""

    value: Configuration | None = None
    entries: tuple[ErrorEntry, ...] = ()
    ignored: tuple[str, ...] = ()


def parse_configuration(kind: IntegrationType, sent: Any, stored: Configuration | None = None) -> ConfigurationRequest:
    """The configuration that `sent` means for an integration of this type.

    With `stored` of the same type, what is not sent stays as it is, `null` removes an optional value, and a masked
    secret that comes back keeps the stored one. Without it, everything required must be there.
    """
    if not isinstance(sent, Mapping):
        return ConfigurationRequest(entries=(invalid("configuration", "configuration must be an object"),))
    fields = _FIELDS[kind]
    shape = _SHAPES[kind]
    before = asdict(stored) if isinstance(stored, shape) else {}
    values = dict(before)
    entries: list[ErrorEntry] = []
    for name, field in fields.items():
        source = f"configuration.{name}"
        if name not in sent:
            if field.required and name not in before:
                entries.append(invalid(source, f"{source} is required for integration_type {kind}"))
            continue
        value = sent[name]
        if not field.required and (value is None or value == ""):
            values.pop(name, None)
            continue
        complaint = field.check(value)
        if complaint:
            entries.append(invalid(source, f"{source} {complaint}"))
            continue
        if field.secret and before.get(name):
            value = unmasked(value, before[name])
        values[name] = tuple(value) if isinstance(value, list) else value
    ignored = tuple(f"configuration.{name}" for name in sent if name not in fields)
    if entries:
        return ConfigurationRequest(entries=tuple(entries), ignored=ignored)
    return ConfigurationRequest(value=shape(**values), ignored=ignored)


def _text(value: Any) -> Complaint:
    if not isinstance(value, str):
        return "must be text"
    return None if value.strip() else "must not be empty"


def _flag(value: Any) -> Complaint:
    return None if isinstance(value, bool) else "must be true or false"


def _header_text(value: Any) -> Complaint:
    complaint = _text(value)
    if complaint:
        return complaint
    return None if value.isprintable() else "must not hold line breaks or control characters: it is sent in a header"


def _http_url(value: Any) -> Complaint:
    return _text(value) or _address(value, ("http", "https"))


def _webhook_url(value: Any) -> Complaint:
    """What the sender itself could not send to is refused when it is registered."""
    complaint = _http_url(value)
    if complaint:
        return complaint
    try:
        target_of(WebhookConfiguration(url=value))
    except InvalidInput as error:
        return f"cannot be sent to: {error}"
    return None


def _stomp_addresses(value: Any) -> Complaint:
    if not isinstance(value, list) or not value:
        return "must be a list of at least one stomp://host:port or stomp+ssl://host:port"
    for index, item in enumerate(value):
        complaint = _text(item) or _address(item, ("stomp", "stomp+ssl"))
        if complaint:
            return f"{complaint} (entry {index})"
    return None


def _address(value: str, schemes: tuple[str, ...]) -> Complaint:
    wanted = " or ".join(f"{scheme}://…" for scheme in schemes)
    if any(character.isspace() or not character.isprintable() for character in value):
        return f"must be a URL ({wanted}) without spaces"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return f"is not a URL; write {wanted}"
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        return f"must be {wanted}, with a host"
    return None


_FIELDS: Mapping[IntegrationType, Mapping[str, _Field]] = {
    IntegrationType.WEBHOOK: {
        "url": _Field(check=_webhook_url, required=True),
        "secret_key": _Field(check=_header_text),
        "insecure": _Field(check=_flag),
        "ca_file": _Field(check=_text),
    },
    IntegrationType.AWS_SQS: {
        "url": _Field(check=_http_url, required=True),
        "aws_access_key_id": _Field(check=_header_text, required=True, secret=True),
        "aws_secret_access_key": _Field(check=_text, required=True, secret=True),
        "region": _Field(check=_header_text, required=True),
    },
    IntegrationType.STOMP: {
        "addresses": _Field(check=_stomp_addresses, required=True),
        "destination": _Field(check=_text, required=True),
        "username": _Field(check=_text),
        "password": _Field(check=_text, secret=True),
        "insecure": _Field(check=_flag),
        "ca_file": _Field(check=_text),
    },
}
_SHAPES: Mapping[IntegrationType, type[Any]] = {
    IntegrationType.WEBHOOK: WebhookConfiguration,
    IntegrationType.AWS_SQS: SqsConfiguration,
    IntegrationType.STOMP: StompConfiguration,
}
