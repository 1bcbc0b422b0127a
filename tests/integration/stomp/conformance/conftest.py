"""The brokers of the conformance suite: ours in both behaviours, and the real ones, started and ended here."""

import asyncio
import os
import random
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate

from emulator.runtime.stomp.behaviour import BrokerBehaviour
from emulator.runtime.stomp.broker import Broker

LOGIN, PASSCODE = "ep", "correct horse"
PATIENCE = 60.0
"""Seconds a broker has for its start; RabbitMQ takes five on an idle machine."""

ACTIVEMQ_HOME = Path("/usr/share/activemq")
RABBITMQ_LIB = Path("/usr/lib/rabbitmq/lib")
RABBITMQ_SERVER = "rabbitmq_server-*/sbin/rabbitmq-server"

ACTIVEMQ_XML = """
<beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://www.springframework.org/schema/beans
  http://www.springframework.org/schema/beans/spring-beans-2.0.xsd
  http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
 <broker xmlns="http://activemq.apache.org/schema/core" brokerName="it" persistent="true" useJmx="false"
   dataDirectory="{home}/data" schedulerSupport="false">
  <plugins><simpleAuthenticationPlugin><users>
   <authenticationUser username="{login}" password="{passcode}" groups="users"/>
  </users></simpleAuthenticationPlugin></plugins>
  <sslContext><sslContext keyStore="file:{tls}/server.p12" keyStoreType="PKCS12" keyStorePassword="changeit"/>
  </sslContext>
  <transportConnectors>
   <transportConnector name="stomp" uri="stomp+nio://127.0.0.1:{port}?transport.hbGracePeriodMultiplier=1.5"/>
   <transportConnector name="stomp+ssl"
    uri="stomp+nio+ssl://127.0.0.1:{tls_port}?transport.enabledProtocols=TLSv1.2,TLSv1.3"/>
  </transportConnectors>
 </broker>
</beans>
"""

RABBITMQ_CONF = """
listeners.tcp.1 = 127.0.0.1:{amqp_port}
stomp.listeners.tcp.1 = 127.0.0.1:{port}
stomp.listeners.ssl.1 = 127.0.0.1:{tls_port}
ssl_options.cacertfile = {tls}/ca.pem
ssl_options.certfile = {tls}/server.pem
ssl_options.keyfile = {tls}/server.key
ssl_options.verify = verify_none
default_user = {login}
default_pass = {passcode}
log.console = true
log.file = false
"""


class Program(Protocol):
    """A broker that can be started, on the same ports and data each time, and ended in two ways."""

    port: int
    tls_port: int

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None:
        """Without a chance to put anything in order."""
        ...

    def wait_until_kept(self, queue: str) -> None:
        """Returns when a kill cannot make it forget that there is this queue."""
        ...


def free_ports(count: int) -> list[int]:
    """Below those that outgoing connections are given, one of which could take a port while its broker is down."""
    with ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            port = random.randrange(10_000, 32_000)
            with suppress(OSError):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
                ports.append(port)
        return ports


def wait_for_port(port: int, alive: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and alive():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}; the broker said:\n{log.read_text()[-4000:]}")


@dataclass
class Child:
    """A process in a group of its own, so that all of it can be ended and nothing else is."""

    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, *command: str, environment: dict[str, str]) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass
class ActiveMQ:
    """Keeps its messages in a KahaDB below `home`, so that they survive a kill."""

    home: Path
    tls: Path
    port: int = 0
    tls_port: int = 0
    child: Child = field(init=False)

    def __post_init__(self) -> None:
        self.port, self.tls_port = free_ports(2)
        for name in ("data", "tmp"):
            (self.home / name).mkdir(parents=True)
        values = {"home": self.home, "tls": self.tls, "login": LOGIN, "passcode": PASSCODE}
        text = ACTIVEMQ_XML.format(port=self.port, tls_port=self.tls_port, **values)
        (self.home / "activemq.xml").write_text(text)
        self.child = Child(self.home / "log")

    def start(self) -> None:
        home = self.home
        places = {"activemq.home": ACTIVEMQ_HOME, "activemq.base": home, "activemq.conf": home}
        places |= {"activemq.data": home / "data", "activemq.classpath": home, "java.io.tmpdir": home / "tmp"}
        self.child.start(
            "java",
            # Neither compiler nor collector is to take the machine away from the tests beside it.
            *("-Xms64m", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
            *(f"-D{name}={place}" for name, place in places.items()),
            *("-jar", str(ACTIVEMQ_HOME / "bin" / "activemq.jar"), "start", f"xbean:file:{home}/activemq.xml"),
            environment={"HOME": str(home)},
        )
        for port in (self.port, self.tls_port):
            wait_for_port(port, lambda: self.child.alive, self.child.log)

    def stop(self) -> None:
        self.child.end()

    def kill(self) -> None:
        self.child.end()

    def wait_until_kept(self, queue: str) -> None:
        """At once: it writes a queue down before it answers."""


@dataclass
class RabbitMQ:
    """With an epmd of its own, run in the foreground, so that the one a machine may have is not touched."""

    home: Path
    tls: Path
    port: int = 0
    tls_port: int = 0
    child: Child = field(init=False)
    epmd: Child = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.port, self.tls_port, amqp_port, epmd_port, dist_port = free_ports(5)
        home = self.home
        home.mkdir(parents=True)
        values = {"tls": self.tls, "login": LOGIN, "passcode": PASSCODE, "amqp_port": amqp_port}
        text = RABBITMQ_CONF.format(port=self.port, tls_port=self.tls_port, **values)
        (home / "rabbitmq.conf").write_text(text)
        (home / "enabled_plugins").write_text("[rabbitmq_stomp].")
        self.child, self.epmd = Child(home / "log"), Child(home / "epmd.log")
        self.environment = {
            "HOME": str(home),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(epmd_port),
            # As under systemd: the Erlang machine itself is our child, not a shell that waits for it.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_BASE": str(home),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_DIST_PORT": str(dist_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(home / "logs"),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_NODENAME": "it@localhost",
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": " ".join(
                (
                    "-kernel inet_dist_use_interface {127,0,0,1}",
                    "-mnesia dump_log_time_threshold 200",  # milliseconds, for wait_until_kept
                    "+sbwt none",  # no busy waiting: the machine is shared
                )
            ),
        }

    def start(self) -> None:
        self.epmd.start("epmd", environment=self.environment)
        wait_for_port(int(self.environment["ERL_EPMD_PORT"]), lambda: self.epmd.alive, self.epmd.log)
        server = next(RABBITMQ_LIB.glob(RABBITMQ_SERVER))
        self.child.start(str(server), environment=self.environment)
        for port in (self.port, self.tls_port):
            wait_for_port(port, lambda: self.child.alive, self.child.log)

    def stop(self) -> None:
        self.child.end()
        self.epmd.end()

    def kill(self) -> None:
        self.stop()

    def wait_until_kept(self, queue: str) -> None:
        """Killed a moment after a queue was made, 3.10 sometimes comes back without it and all its messages.

        It has always come back with those that are in its table of queues and no longer only in the log of changes.
        """
        name, end = queue.rpartition("/")[2].encode(), time.monotonic() + PATIENCE
        tables = [self.home / "mnesia" / "it@localhost" / f"rabbit_durable_queue.{kind}" for kind in ("DCD", "DCL")]
        while not any(table.exists() and name in table.read_bytes() for table in tables):
            assert time.monotonic() < end, f"RabbitMQ has not written down {queue}"
            time.sleep(0.02)


@dataclass
class Embedded:
    """Ours, on a loop in a thread of its own. Its messages live as long as it does, whoever stops it."""

    behaviour: BrokerBehaviour
    tls: Path
    port: int = 0
    tls_port: int = 0
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self.port, self.tls_port = free_ports(2)
        self.broker = Broker(behaviour=self.behaviour, login=LOGIN, passcode=PASSCODE)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def start(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.tls / "server.pem", self.tls / "server.key")
        self._run(self.broker.start("127.0.0.1", self.port))
        self._run(self.broker.start("127.0.0.1", self.tls_port, ssl_context=context))

    def kill(self) -> None:
        self._run(self.broker.stop())

    def wait_until_kept(self, queue: str) -> None:
        """At once: it keeps everything while it lives."""

    def stop(self) -> None:
        self.kill()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)


@dataclass(frozen=True)
class BrokerUnderTest:
    """`behaviour` is whose answers are expected; `program` can be killed and started again on the same ports."""

    name: str
    behaviour: BrokerBehaviour
    program: Program
    tls: Path
    login: str = LOGIN
    passcode: str = PASSCODE

    @property
    def address(self) -> str:
        return f"stomp://127.0.0.1:{self.program.port}"

    @property
    def tls_address(self) -> str:
        return f"stomp+ssl://localhost:{self.program.tls_port}"

    @property
    def ca_file(self) -> str:
        return str(self.tls / "ca.pem")

    @property
    def may_refuse_in_silence(self) -> bool:
        """ActiveMQ ends a connection that it refuses beside writing the ERROR; under load it closes first now and then.

        (20 of 800 wrong passcodes, eight at a time.)
        """
        return self.name == "activemq"

    def expects(self, **by_behaviour: Any) -> Any:
        """What is expected of this one: `expects(activemq=…, rabbitmq=…)`."""
        return by_behaviour[self.behaviour]


def not_installed(name: str, package: str) -> None:
    reason = f"{name} is not installed (on Debian: apt install {package})"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        raise RuntimeError(f"{reason}, and CI must not skip")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def tls_material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `ca.pem`, and a certificate for this machine as each of the brokers wants it."""
    directory = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    leaf.private_key_pem.write_to_path(str(directory / "server.key"))
    leaf.cert_chain_pems[0].write_to_path(str(directory / "server.pem"))
    store = pkcs12.serialize_key_and_certificates(
        b"server",
        load_pem_private_key(leaf.private_key_pem.bytes(), None),
        load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()),
        None,
        BestAvailableEncryption(b"changeit"),
    )
    (directory / "server.p12").write_bytes(store)
    return directory


@pytest.fixture(scope="session", params=["embedded-activemq", "embedded-rabbitmq", "activemq", "rabbitmq"])
def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tls_material: Path
) -> Iterator[BrokerUnderTest]:
    """Each broker in turn; started when its first test needs it, and by each worker for itself."""
    where, _, what = request.param.rpartition("-")
    behaviour = BrokerBehaviour(what)
    program: Program
    if where:
        program = Embedded(behaviour, tls_material)
    elif behaviour is BrokerBehaviour.ACTIVEMQ:
        if not (ACTIVEMQ_HOME / "bin" / "activemq.jar").exists() or not shutil.which("java"):
            not_installed("ActiveMQ", "activemq")
        program = ActiveMQ(tmp_path_factory.mktemp("activemq") / "home", tls_material)
    else:
        if not list(RABBITMQ_LIB.glob(RABBITMQ_SERVER)) or not shutil.which("epmd"):
            not_installed("RabbitMQ", "rabbitmq-server")
        program = RabbitMQ(tmp_path_factory.mktemp("rabbitmq") / "home", tls_material)
    try:
        program.start()
        yield BrokerUnderTest(request.param, behaviour, program, tls_material)
    finally:
        program.stop()


@pytest.fixture
def connect(broker: BrokerUnderTest, stomp_stream: Callable[..., Any]) -> Callable[..., Any]:
    """`async with connect("1.1") as stream`: connected, with the broker's answer in `stream.answer`."""

    @asynccontextmanager
    async def go(version: str = "1.2", *, tls: ssl.SSLContext | None = None, **headers: str) -> AsyncIterator[Any]:
        port = broker.program.tls_port if tls else broker.program.port
        async with stomp_stream(port, tls=tls) as stream:
            given = {"accept-version": version, "host": "/", "login": broker.login, "passcode": broker.passcode}
            await stream.send("CONNECT", given | {name.replace("_", "-"): value for name, value in headers.items()})
            stream.answer = await stream.receive()
            assert stream.answer.command == "CONNECTED", stream.answer
            yield stream

    return go


@pytest.fixture
def queue(request: pytest.FixtureRequest) -> str:
    """A queue that no other test uses."""
    return f"/queue/{re.sub('[^a-z]', '', request.node.originalname)}-{secrets.token_hex(4)}"
