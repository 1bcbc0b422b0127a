"""SQS host: which queues an SQS server of ours serves, and where they are then."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emulator.core.locality import is_aws, is_loopback
from emulator.domain.errors import EnvironmentFault, InvalidInput
from emulator.domain.identity import derived_id
from emulator.domain.integration import SqsConfiguration
from emulator.runtime.kept_ports import KeptPorts
from emulator.runtime.port import LOOPBACK, is_free
from emulator.runtime.settings import Settings
from emulator.transports.reach import Reach

if TYPE_CHECKING:
    from emulator.runtime.sqs import SqsQueues

DEFAULT_PORT = 3723
DEFAULT_REGION = "us-east-1"
_PORT = "sqs"


class SqsHost:
    """Serves the queues of AWS that may not be sent to, by their names, and those that are addressed to it.

    With `sqs_endpoint` another server is used in place of the one that comes with the emulator. Fills QueueHost.
    """

    def __init__(self, settings: Settings, ports: KeptPorts, notice: Callable[[str], None]) -> None:
        self._settings = settings
        self._ports = ports
        self._notice = notice
        self._reach = Reach(settings.allow_remote)
        self._server: SqsQueues | None = None
        self._places: dict[tuple[str, str], str | None] = {}
        self._deciding = asyncio.Lock()

    @property
    def wanted(self) -> bool:
        """Whether there may be such a server at all."""
        return self._settings.queues.sqs is not False

    @property
    def running(self) -> bool:
        return self._server is not None and self._server.running

    async def start(self) -> "SqsQueues":
        """The server, running. Raises EnvironmentFault."""
        if not self.wanted:
            raise EnvironmentFault("the embedded SQS server is switched off; start the emulator without --no-sqs")
        if self._server is None:
            self._server = self._new_server()
        await self._server.start()
        if self._settings.queues.sqs_endpoint is None:
            self._ports.keep(_PORT, _port_of(self._server))
        return self._server

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop()

    async def stand_in(self, configuration: SqsConfiguration) -> str | None:
        """As QueueHost says. What is served here is decided once for a URL and a region."""
        wanted = (configuration.url, configuration.region)
        if wanted not in self._places:
            async with self._deciding:
                if wanted not in self._places:
                    self._places[wanted] = await self._place(configuration)
        return self._places[wanted]

    def credentials(self) -> Mapping[str, str]:
        """What a consumer may sign with. The embedded server takes any; these stay the same for a seed."""
        secret = derived_id(self._settings.seed, "aws-secret-access-key").replace("-", "")
        return {"aws_access_key_id": "EPCCEMULATOR", "aws_secret_access_key": secret}

    def environment(self) -> dict[str, str]:
        """What AWS's own libraries read, while the server runs."""
        if self._server is None or not self._server.running:
            return {}
        return {
            "AWS_ENDPOINT_URL_SQS": self._server.endpoint,
            **{name.upper(): value for name, value in self.credentials().items()},
            "AWS_REGION": DEFAULT_REGION,
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
        }

    async def _place(self, configuration: SqsConfiguration) -> str | None:
        url = urlsplit(configuration.url)
        host, name = url.hostname or "", url.path.rstrip("/").rpartition("/")[2]
        if not self.wanted or not name:
            return None
        if is_aws(host) and not self._reach.allows(host):
            made = await self._made(name, configuration.region)
            self._notice(
                f"Queue {name} of {host} is served here instead, at {made}, because nothing is sent to AWS unless it "
                f"is allowed (--allow-remote '{host}')"
            )
            return made
        if is_loopback(host) and await self._is_ours(url.port):
            return await self._made(name, configuration.region)
        return None

    async def _made(self, name: str, region: str) -> str:
        server = await self.start()
        try:
            return await server.create_queue(name, region=region)
        except InvalidInput as error:
            raise EnvironmentFault(error.sentence) from None

    async def _is_ours(self, port: int | None) -> bool:
        """Whether our server listens there; one that does not run yet is started for it, unless somebody else does."""
        if self._settings.queues.sqs_endpoint is not None:
            return False
        if self._server is None and port == self._usual_port and is_free(LOOPBACK, port):
            await self.start()
        return self._server is not None and _port_of(self._server) == port

    @property
    def _usual_port(self) -> int:
        chosen = self._settings.queues.sqs_port
        return chosen if chosen is not None else self._ports.get(_PORT) or DEFAULT_PORT

    def _new_server(self) -> "SqsQueues":
        from emulator.runtime.sqs import SqsEndpoint, SqsServer

        queues = self._settings.queues
        if queues.sqs_endpoint is not None:
            return SqsEndpoint(url=queues.sqs_endpoint)
        return SqsServer(
            port=self._usual_port,
            fallback=queues.sqs_port is None,
            allowed_hosts=self._settings.allowed_hosts,
            on_notice=self._notice,
        )


def _port_of(server: "SqsQueues") -> int:
    return urlsplit(server.endpoint).port or 0
