"""IntegrationDraft: what is typed in the form of an integration, and what the server is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.core.masking import masked_address
from emulator.domain.integration import IntegrationType, Scope

REMOVE = "-"
"""Typed where a secret is stored: take it away."""


class Field(NamedTuple):
    """One line of the form. `source` is what the server calls it in its complaints."""

    name: str
    label: str
    source: str
    placeholder: str
    secret: bool = False
    kinds: tuple[IntegrationType, ...] = tuple(IntegrationType)


_WEBHOOK = (IntegrationType.WEBHOOK,)
_SQS = (IntegrationType.AWS_SQS,)
_STOMP = (IntegrationType.STOMP,)
FIELDS = (
    Field("name", "Name", "name", "shop"),
    Field("description", "Description", "description", "what it is for"),
    Field("observes", "Observes", "observes", "order.paid order.fulfilled"),
    Field("url", "URL", "configuration.url", "http://localhost:8000/hook", kinds=_WEBHOOK),
    Field("secret_key", "Secret", "configuration.secret_key", "sent as X-MOLTIN-SECRET-KEY", True, _WEBHOOK),
    Field("queue", "Queue", "configuration.url", "a name: made here when it is missing; or a queue's URL", kinds=_SQS),
    Field("region", "Region", "configuration.region", "us-east-1", kinds=_SQS),
    Field("aws_access_key_id", "Key id", "configuration.aws_access_key_id", "for a URL", True, _SQS),
    Field("aws_secret_access_key", "Secret key", "configuration.aws_secret_access_key", "for a URL", True, _SQS),
    Field("destination", "Destination", "configuration.destination", "/queue/orders", kinds=_STOMP),
    Field(
        "addresses",
        "Addresses",
        "configuration.addresses",
        "stomp://host:61613, in the order to try; empty: the broker that is here",
        kinds=_STOMP,
    ),
    Field("username", "Login", "configuration.username", "where the broker asks for one", kinds=_STOMP),
    Field("password", "Password", "configuration.password", "", True, _STOMP),
)
_BY_SOURCE: Mapping[IntegrationType, Mapping[str, str]] = {
    kind: {field.source: field.name for field in FIELDS if kind in field.kinds} for kind in IntegrationType
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationDraft:
    """`values` by the names of `FIELDS`. `beyond` registers it by the control API: globs, and no quotas.

    `stored` is the integration that is changed, as the server shows it; None for a new one.
    """

    kind: IntegrationType
    values: Mapping[str, str]
    enabled: bool = True
    beyond: bool = False
    scope: Scope = Scope.STORE
    stored: Mapping[str, Any] | None = None

    @property
    def own_queue(self) -> str | None:
        """The queue of the servers here that it is to fill: made first, it says the rest of the configuration."""
        if self.kind is IntegrationType.AWS_SQS and self._typed("queue") and "://" not in self._typed("queue"):
            return self._typed("queue")
        if self.kind is IntegrationType.STOMP and self._typed("destination") and not self._typed("addresses"):
            return self._typed("destination")
        return None

    def body(self, own: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The attributes to send; `own` is the configuration of a queue that was made for it."""
        return {
            "name": self._typed("name"),
            "description": self.values.get("description", ""),
            "enabled": self.enabled,
            "integration_type": str(self.kind),
            "observes": keys_in(self.values.get("observes", "")),
            "configuration": {**self._configuration(), **(own or {})},
        }

    def field_of(self, source: str) -> str | None:
        """The field that the server complains of; None where it is none of them."""
        found = _BY_SOURCE[self.kind].get(source.removeprefix("data."))
        if found is None and source.startswith("configuration"):
            found = "url" if self.kind is IntegrationType.WEBHOOK else None
        return found

    def _configuration(self) -> dict[str, Any]:
        match self.kind:
            case IntegrationType.WEBHOOK:
                return {"url": self._typed("url"), **self._secret("secret_key")}
            case IntegrationType.AWS_SQS:
                url = self._typed("queue")
                secrets = {**self._secret("aws_access_key_id"), **self._secret("aws_secret_access_key")}
                return {"url": url, "region": self._typed("region") or "us-east-1", **secrets}
            case IntegrationType.STOMP:
                return {
                    "addresses": self.values.get("addresses", "").replace(",", " ").split(),
                    "destination": self._typed("destination"),
                    "username": self._typed("username") or None,
                    **self._secret("password"),
                }

    def _secret(self, name: str) -> dict[str, Any]:
        """What is not typed stays as it is stored."""
        typed = self.values.get(name, "")
        if typed == REMOVE and is_stored(self.stored, name):
            return {name: None}
        return {name: typed} if typed else {}

    def _typed(self, name: str) -> str:
        return self.values.get(name, "").strip()


def draft_of(stored: Mapping[str, Any]) -> IntegrationDraft:
    """What the form of this integration begins with; its secrets are not in it."""
    configuration = stored["configuration"]
    values = {
        "name": str(stored["name"]),
        "description": str(stored.get("description") or ""),
        "observes": " ".join(stored["observes"]),
        "url": str(configuration.get("url", "")),
        "queue": str(configuration.get("url", "")),
        "region": str(configuration.get("region", "")),
        "destination": str(configuration.get("destination", "")),
        "addresses": " ".join(configuration.get("addresses", ())),
        "username": str(configuration.get("username") or ""),
    }
    return IntegrationDraft(
        kind=IntegrationType(stored["integration_type"]),
        values=values,
        enabled=bool(stored["enabled"]),
        beyond=bool(stored.get("managed")),
        scope=Scope(stored.get("scope", Scope.STORE)),
        stored=stored,
    )


def is_stored(stored: Mapping[str, Any] | None, name: str) -> bool:
    """Whether this part of the configuration is there already."""
    return stored is not None and bool(stored["configuration"].get(name))


def keys_in(text: str) -> list[str]:
    """Event keys, parted by blanks or commas."""
    return [key for key in re.split(r"[\s,]+", text) if key]


def destination_of(stored: Mapping[str, Any]) -> str:
    """Where an integration's messages go, in a few words and without what is in a URL for its owner alone."""
    configuration = stored["configuration"]
    if stored["integration_type"] == IntegrationType.STOMP:
        addresses = ", ".join(map(str, configuration.get("addresses", ())))
        return f"{configuration.get('destination', '')} at {masked_address(addresses)}"
    return masked_address(str(configuration.get("url", "")))
