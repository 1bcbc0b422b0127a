"""Endpoint: where the calls about a queue go, in whose name, and how long they may take."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from emulator.core.masking import mask
from emulator.domain.errors import InvalidInput
from emulator.domain.integration import SqsConfiguration
from emulator.transports.target import Origin, host_of, shown

_PORTS = {"http": 80, "https": 443}
_REVEALING = 8
"""A key this short is a dummy (`test`), and hiding it would only spoil words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many seconds a connection may take, and how many a server may be silent."""

    connect: float
    answer: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Queues with an endpoint in common are served by the same connection."""

    origin: Origin
    region: str
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)

    def __str__(self) -> str:
        """As sentences name it."""
        return f"SQS at {self.origin}"

    @property
    def url(self) -> str:
        return f"{'https' if self.origin.secure else 'http'}://{self.origin}"

    def without_keys(self, text: str) -> str:
        """What somebody else wrote, with our keys masked, should it quote them."""
        for key in (self.secret_access_key, self.access_key_id):
            if len(key) >= _REVEALING:
                text = text.replace(key, mask(key))
        return text


def endpoint_of(queue_url: str, configuration: SqsConfiguration) -> Endpoint:
    """The server that a queue's URL names; AWS's own clients would ask the region's instead.

    Raises InvalidInput for a URL that leads nowhere.
    """
    try:
        parts = urlsplit(queue_url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(f"'{shown(queue_url)}' is not a URL: {error}") from None
    if parts.scheme not in _PORTS or not parts.path.strip("/"):
        raise InvalidInput(
            f"'{shown(queue_url)}' is not a queue's URL, such as "
            "https://sqs.eu-west-1.amazonaws.com/123456789012/epcc-orders; copy it from the queue's details"
        )
    if port == 0:
        raise InvalidInput(f"'{shown(queue_url)}' has port 0, to which nobody can connect")
    return Endpoint(
        origin=Origin(secure=parts.scheme == "https", host=host_of(parts), port=port or _PORTS[parts.scheme]),
        region=configuration.region,
        access_key_id=configuration.aws_access_key_id,
        secret_access_key=configuration.aws_secret_access_key,
    )
