"""A broker without sockets, and clients of a broker with sockets."""

import asyncio
import time
from contextlib import asynccontextmanager, suppress

import pytest

from emulator.runtime.stomp.access import Access
from emulator.runtime.stomp.behaviour import BrokerBehaviour
from emulator.runtime.stomp.broker import Broker
from emulator.runtime.stomp.destinations import Destinations
from emulator.runtime.stomp.frame import Frame, encode
from emulator.runtime.stomp.limits import Limits
from emulator.runtime.stomp.parser import Parser
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.session import Session
from emulator.runtime.stomp.version import Version


class Peer:
    """A client in memory: what it sends is handled at once, what it is sent can be taken."""

    def __init__(self, room, version):
        self.version = Version(version)
        self.reads = True
        self.closed = False
        self.error = None
        self._parser = Parser(Limits())
        self._parser.version = self.version
        self.session = Session(
            id="s",
            server="test",
            access=room.access,
            destinations=room.destinations,
            limits=room.limits,
            outlet=self,
        )

    @property
    def writable(self):
        return self.reads and not self.closed

    def write(self, data):
        if not self.closed:
            self._parser.feed(data)

    def refuse(self, refusal):
        if not self.closed:
            self.write(self.session.error(refusal))
            self.finish()

    def finish(self):
        if not self.closed:
            self.closed = True
            self.session.end()

    def read_again(self):
        self.reads = True
        self.session.pump()

    def connect(self, **headers):
        self.send("CONNECT", **{"accept-version": self.version, "host": "/"} | headers)
        return self.take()

    def send(self, command, body=b"", **headers):
        """`message_id` stands for the header `message-id`."""
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        try:
            self.session.receive(Frame(command, named, body))
        except Refusal as refusal:
            self.refuse(refusal)

    def publish(self, destination, *bodies, **headers):
        for body in bodies:
            self.send("SEND", body.encode(), destination=destination, **headers)

    def subscribe(self, destination, *, id="1", ack="client-individual", **headers):
        self.send("SUBSCRIBE", id=id, destination=destination, ack=ack, **headers)

    def take(self):
        """The next frame, None when there is none."""
        return self._parser.next()

    def take_all(self):
        frames = []
        while (frame := self.take()) is not None:
            frames.append(frame)
        return frames

    def bodies(self):
        return [frame.body.decode() for frame in self.take_all()]

    def answer(self, command, message, **headers):
        """ACK or NACK of a MESSAGE, as this version does it."""
        if self.version == "1.2":
            named = {"id": message.headers["ack"]}
        elif self.version == "1.1":
            named = {"message-id": message.headers["message-id"], "subscription": message.headers["subscription"]}
        else:
            named = {"message-id": message.headers["message-id"]}
        self.send(command, **named | headers)


class Room:
    """What the connections of one broker share."""

    def __init__(self, behaviour, limits, access):
        self.limits = limits
        self.access = access
        self.notices = []
        self._now = iter(range(1_000, 1_000_000_000))
        self.destinations = Destinations(
            behaviour=behaviour,
            limits=limits,
            prefix="m",
            now=lambda: next(self._now),
            on_notice=self.notices.append,
        )

    def peer(self, version="1.2"):
        peer = Peer(self, version)
        assert peer.connect().command == "CONNECTED"
        return peer

    def stranger(self, version="1.2"):
        """One that has not connected yet."""
        return Peer(self, version)

    def contents(self, name):
        return [(message.body, message.in_flight) for message in self.destinations.find(name).peek(1_000)]


@pytest.fixture
def make_room():
    def make(behaviour="activemq", *, login=None, passcode=None, **limits):
        return Room(BrokerBehaviour(behaviour), Limits(**limits), Access(login=login, passcode=passcode))

    return make


@pytest.fixture
def room(make_room):
    return make_room()


class Client:
    """A client over a socket. Every wait of it ends after five seconds, with an error."""

    def __init__(self, reader, writer):
        self._reader = reader
        self.writer = writer
        self._parser = Parser(Limits())
        self._parser.version = Version.V1_2

    def send(self, command, body=b"", **headers):
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        self.writer.write(encode(Frame(command, named, body), Version.V1_2))

    async def frame(self):
        """The next frame, None when the broker has closed the connection."""
        async with asyncio.timeout(5):
            while (frame := self._parser.next()) is None:
                data = await self._read()
                if not data:
                    return None
                self._parser.feed(data)
            return frame

    async def heart_beat(self):
        """Returns when anything at all has come."""
        async with asyncio.timeout(5):
            data = await self._read()
            self._parser.feed(data)
            return data

    async def _read(self):
        try:
            return await self._reader.read(65536)
        except ConnectionError:
            return b""

    async def connect(self, **headers):
        self.send("CONNECT", **{"accept-version": "1.2", "host": "/"} | headers)
        return await self.frame()

    def close(self):
        self.writer.close()


class Site:
    """A listening broker, how to reach it, and what it had to say."""

    def __init__(self, broker, port, notices):
        self.broker = broker
        self.port = port
        self.notices = notices
        self._clients = []

    async def open(self, **options):
        where = {} if "sock" in options else {"host": "127.0.0.1", "port": self.port}
        client = Client(*await asyncio.open_connection(**where, **options))
        self._clients.append(client)
        return client

    async def open_socket(self, connected):
        """A client over a socket that has been set up by hand."""
        connected.setblocking(False)
        return await self.open(sock=connected)

    async def leave(self):
        """Closes what the clients have not closed themselves."""
        for client in self._clients:
            client.close()
            with suppress(OSError):
                await client.writer.wait_closed()

    async def client(self, **headers):
        client = await self.open()
        assert (await client.connect(**headers)).command == "CONNECTED"
        return client

    async def until(self, condition):
        """Lets the broker run until this holds; five seconds at most."""
        deadline = time.monotonic() + 5
        while not condition():
            assert time.monotonic() < deadline, "it never came to that"
            await asyncio.sleep(0)

    def queue(self, name):
        (view,) = [view for view in self.broker.queues() if view.name == name]
        return view


@pytest.fixture(params=["uvloop", "asyncio"])
def run(request):
    """Runs a coroutine on the loop that the emulator uses, and on the standard library's."""
    if request.param == "uvloop":
        return pytest.importorskip("uvloop").run
    return asyncio.run


@pytest.fixture
def listening():
    """`async with listening(...) as site`: a broker on a free port of the loopback."""

    @asynccontextmanager
    async def listen(*, limits=None, ssl_context=None, **options):
        notices = []
        broker = Broker(limits=limits or Limits(), on_notice=notices.append, **options)
        port = await broker.start("127.0.0.1", 0, ssl_context=ssl_context)
        site = Site(broker, port, notices)
        try:
            yield site
        finally:
            await site.leave()
            await broker.stop()

    return listen
