"""Settings: everything that is decided before an emulator starts."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from emulator.core.plan import DEFAULT_MAX_HOLD
from emulator.core.rate_limit import RateLimit
from emulator.core.retry import DOCUMENTED_WAITS
from emulator.core.schedule import Schedule
from emulator.domain.identity import derived_id
from emulator.domain.moment import parse_instant
from emulator.runtime.stomp.behaviour import BrokerBehaviour

DEFAULT_BASE_URL = "https://api.emulator.test"
EMULATED_START = parse_instant("2026-01-01T00:00:00Z")


class AuthMode(StrEnum):
    """How bearer tokens are checked: any will do, only ours that have not expired, or not at all."""

    LENIENT = "lenient"
    STRICT = "strict"
    OFF = "off"


class TransactionType(StrEnum):
    """How a transaction spells the field that says what it is: the provider writes a hyphen, some clients' types expect
    an underscore."""

    HYPHEN = "hyphen"
    UNDERSCORE = "underscore"

    @property
    def field(self) -> str:
        """The field's name in messages and answers."""
        return "transaction_type" if self is TransactionType.UNDERSCORE else "transaction-type"


class ClockMode(StrEnum):
    REAL = "real"
    SCALED = "scaled"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSettings:
    """`speed` counts for scaled clocks; `start` is microseconds since the epoch (default 2026-01-01T00:00:00Z)."""

    mode: ClockMode = ClockMode.REAL
    speed: float = 1.0
    start: int = EMULATED_START


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """The servers for queues that come with the emulator.

    `sqs` and `stomp` start theirs at once (True), when an integration first needs it (None), or never (False). A port
    that is None is the remembered one, or else the usual one; 0 takes any free one. `sqs_endpoint` is the URL of
    another SQS server to use in place of ours. With `stomp_tls` the broker listens a second time, for stomp+ssl.
    """

    sqs: bool | None = None
    sqs_port: int | None = None
    sqs_endpoint: str | None = None
    stomp: bool | None = None
    stomp_port: int | None = None
    stomp_behaviour: BrokerBehaviour = BrokerBehaviour.ACTIVEMQ
    stomp_tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`data_dir` None keeps nothing; `fixtures` is a directory of a user's own.

    Durations are microseconds but for `webhook_timeout`, which is seconds. `consistency_lag` is how far reads of the
    shop are behind, in emulated time; `rate_limit` is for all calls of the provider's API together. `plan` is one to
    keep to. `idle_command` succeeds when the receiver has nothing left to do; virtual time waits for that. `saved` is
    the file of a saved journal, which is only looked at.
    """

    seed: int
    host: str = "127.0.0.1"
    port: int = 3722
    data_dir: Path | None = None
    auth: AuthMode = AuthMode.LENIENT
    client_id: str = "epcc-emulator"
    client_secret: str = ""
    org_client_id: str = "epcc-emulator-org"
    org_client_secret: str = ""
    profile: str = "off"
    clock: ClockSettings = field(default_factory=ClockSettings)
    base_url: str = DEFAULT_BASE_URL
    allow_remote: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    history_bytes: int = 1_000_000_000
    webhook_timeout: float = 30.0
    retry_waits: tuple[int, ...] = DOCUMENTED_WAITS
    event_limit: int = 5
    integration_limit: int = 100
    body_limit: int = 1_048_576
    enabled_by_default: bool = False
    max_hold: int = DEFAULT_MAX_HOLD
    tls: bool = False
    transaction_type: TransactionType = TransactionType.HYPHEN
    rate_limit: RateLimit | None = None
    consistency_lag: int = 0
    fixtures: Path | None = None
    plan: Schedule | None = field(default=None, repr=False)
    idle_command: str | None = None
    queues: QueueSettings = field(default_factory=QueueSettings)
    saved: Path | None = None

    @property
    def store_secret(self) -> str:
        """The store's client secret: as given, or one that follows from the seed."""
        return self.client_secret or _secret(self.seed, self.client_id)

    @property
    def organization_secret(self) -> str:
        return self.org_client_secret or _secret(self.seed, self.org_client_id)


def _secret(seed: int, client_id: str) -> str:
    return derived_id(seed, "client-secret", client_id).replace("-", "")
