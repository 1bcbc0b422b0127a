"""STOMP host: the embedded broker, started when one of its addresses is first needed."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emulator.core.locality import is_loopback
from emulator.domain.errors import EnvironmentFault
from emulator.domain.identity import derived_id
from emulator.domain.integration import StompConfiguration
from emulator.runtime.certificates import certificates
from emulator.runtime.kept_ports import KeptPorts
from emulator.runtime.port import LOOPBACK, free_port, holder, is_free
from emulator.runtime.settings import Settings

if TYPE_CHECKING:
    from emulator.runtime.stomp.broker import Broker

LOGIN = "epcc-emulator"
_USUAL_PORTS = {"stomp": 61613, "stomp+ssl": 61614}


class StompHost:
    """Listens for `stomp://`, and with `stomp_tls` for `stomp+ssl://` too. Fills BrokerHost.

    `ca_file` is the certificate authority that clients are to trust, once it listens for the latter.
    """

    def __init__(self, settings: Settings, ports: KeptPorts, notice: Callable[[str], None]) -> None:
        self._settings = settings
        self._ports = ports
        self._notice = notice
        self._open: dict[str, int] = {}
        self._scratch: Path | None = None
        self._starting = asyncio.Lock()
        self.broker: Broker | None = None
        self.ca_file: Path | None = None

    @property
    def wanted(self) -> bool:
        """Whether there may be such a broker at all."""
        return self._settings.queues.stomp is not False

    @property
    def addresses(self) -> dict[str, str]:
        """Where it listens, by scheme: `{"stomp": "stomp://127.0.0.1:61613"}`."""
        return {scheme: f"{scheme}://{LOOPBACK}:{port}" for scheme, port in self._open.items()}

    async def start(self) -> "Broker":
        """The broker, listening; on another port than usual where that is taken and none was asked for.

        Raises EnvironmentFault.
        """
        if not self.wanted:
            raise EnvironmentFault("the embedded STOMP broker is switched off; start the emulator without --no-stomp")
        async with self._starting:
            if self.broker is None:
                broker = self._new_broker()
                try:
                    for scheme in self._schemes:
                        self._open[scheme] = await self._listen(broker, scheme)
                except BaseException:
                    self._open.clear()
                    await broker.stop()
                    raise
                self.broker = broker
            return self.broker

    async def stop(self) -> None:
        if self.broker is not None:
            await self.broker.stop()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    async def ready(self, configuration: StompConfiguration) -> None:
        """As BrokerHost says. Where somebody else listens already, that is the broker that was meant."""
        if self.broker is not None or not self.wanted:
            return
        for address in configuration.addresses:
            parts = urlsplit(address)
            usual = self._usual_port(parts.scheme)
            if parts.scheme not in self._schemes or not is_loopback(parts.hostname or ""):
                continue
            if (parts.port or _USUAL_PORTS[parts.scheme]) == usual and is_free(LOOPBACK, usual):
                await self.start()
                self._notice(
                    f"Nothing listened at {address}, so the embedded STOMP broker does now; --no-stomp leaves the port "
                    "to a broker of your own"
                )
                return

    def passcode(self) -> str:
        """What goes with LOGIN. The broker takes any; this one stays the same for a seed."""
        return derived_id(self._settings.seed, "stomp-passcode").replace("-", "")

    def environment(self) -> dict[str, str]:
        """What a receiver needs to know of the broker, while it listens."""
        if self.broker is None:
            return {}
        return {
            "STOMP_HOST": LOOPBACK,
            "STOMP_PORT": str(self._open["stomp"]),
            **({"STOMP_TLS_PORT": str(self._open["stomp+ssl"])} if "stomp+ssl" in self._open else {}),
            **({"STOMP_CA_FILE": str(self.ca_file)} if self.ca_file is not None else {}),
            "STOMP_LOGIN": LOGIN,
            "STOMP_PASSCODE": self.passcode(),
        }

    @property
    def _schemes(self) -> tuple[str, ...]:
        return ("stomp", "stomp+ssl") if self._settings.queues.stomp_tls else ("stomp",)

    def _usual_port(self, scheme: str) -> int:
        chosen = self._settings.queues.stomp_port
        if chosen is not None:
            return chosen if scheme == "stomp" or chosen == 0 else chosen + 1
        return self._ports.get(scheme) or _USUAL_PORTS.get(scheme, 0)

    def _new_broker(self) -> "Broker":
        from emulator.runtime.stomp.broker import Broker

        return Broker(behaviour=self._settings.queues.stomp_behaviour, on_notice=self._notice)

    async def _listen(self, broker: "Broker", scheme: str) -> int:
        wanted = self._usual_port(scheme)
        port = wanted
        if wanted and self._settings.queues.stomp_port is None and not is_free(LOOPBACK, wanted):
            port = free_port(LOOPBACK, wanted) or 0
            self._notice(f"Port {wanted} is taken{_by(wanted)}, so the embedded STOMP broker listens on another one")
        port = await broker.start(LOOPBACK, port, ssl_context=self._tls() if scheme == "stomp+ssl" else None)
        self._ports.keep(scheme, port)
        return port

    def _tls(self) -> SSLContext:
        directory = self._settings.data_dir
        if directory is None:
            directory = self._scratch = Path(tempfile.mkdtemp(prefix="epcc-emulator-"))
        made = certificates(directory.absolute(), LOOPBACK)
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.chain_file)
        self.ca_file = made.ca_file
        return context


def _by(port: int) -> str:
    who = holder(port)
    return f" by {who}" if who else ""
