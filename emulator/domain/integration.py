"""Integration: who wants to hear of which events, and where they go."""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class IntegrationType(StrEnum):
    """The provider's three ways of delivery (its OpenAPI document of integrations, `integration_type`)."""

    __hash__ = str.__hash__  # an enum's own is a function of Python, and this is hashed for every send

    WEBHOOK = "webhook"
    AWS_SQS = "aws_sqs"
    STOMP = "stomp"


class Scope(StrEnum):
    """Whose events: a store's (they carry store_id and org_id) or its organization's (org_id alone)."""

    STORE = "store"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfiguration:
    """`insecure` and `ca_file` are ours: how the receiver's certificate is checked over https."""

    url: str
    secret_key: str | None = None
    insecure: bool = False
    ca_file: str | None = None


SQS_LIMIT = 262_144
"""The most bytes of one message to SQS, and of all messages of one call together: 256 KiB, by the provider's guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsConfiguration:
    url: str
    aws_access_key_id: str
    aws_secret_access_key: str
    region: str

    @property
    def fifo(self) -> bool:
        """Whether the queue keeps an order; SQS has such queues end their name with `.fifo`."""
        return self.url.rstrip("/").endswith(".fifo")


@dataclass(frozen=True, slots=True, kw_only=True)
class StompConfiguration:
    """`addresses` are tried in order. `insecure` and `ca_file` are ours, as for webhooks."""

    addresses: tuple[str, ...]
    destination: str
    username: str | None = None
    password: str | None = None
    insecure: bool = False
    ca_file: str | None = None


Configuration = WebhookConfiguration | SqsConfiguration | StompConfiguration


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """One registration.

    `key` is the name it was created with (`#2` for a namesake) and never changes; the dice and every plan
    name integrations by it. `managed` ones were made through the control API: they may observe globs and
    are exempt from quotas. Times are microseconds since the epoch.
    """

    key: str
    id: str
    name: str
    description: str = ""
    integration_type: IntegrationType
    enabled: bool = False
    observes: tuple[str, ...] = ()
    configuration: Configuration
    scope: Scope = Scope.STORE
    managed: bool = False
    created_at: int
    updated_at: int

    def wants(self, event_key: str) -> bool:
        """Whether it observes this key; globs count for managed integrations only."""
        if event_key in self.observes:
            return True
        return self.managed and any(fnmatchcase(event_key, pattern) for pattern in self.observes)
