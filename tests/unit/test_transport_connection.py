"""One connection, step by step, over a transport that only remembers."""

import asyncio

import pytest

from emulator.transports.connection import Connection
from emulator.transports.exchange import Exchange
from emulator.transports.target import Origin

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Wire:
    """The side of an asyncio.Transport that a connection uses."""

    def __init__(self):
        self.written = b""
        self.closed = False

    def write(self, data):
        self.written += data

    def get_write_buffer_size(self):
        return 0

    def is_closing(self):
        return self.closed

    def abort(self):
        self.closed = True


class Keeper:
    """Remembers what a connection reports."""

    def __init__(self):
        self.free, self.gone, self.again = [], [], []

    def released(self, connection):
        self.free.append(connection)

    def lost(self, connection):
        self.gone.append(connection)

    def stale(self, exchange):
        self.again.append(exchange)


@pytest.fixture
def step():
    """Runs a synchronous function, given connection, wire, keeper and a maker of exchanges, inside a loop."""

    def go(script):
        async def inside():
            loop = asyncio.get_running_loop()
            keeper, wire = Keeper(), Wire()
            origin = Origin(secure=False, host="h", port=1)
            connection = Connection(keeper, origin, timeout=30, loop=loop)
            connection.connection_made(wire)
            script(connection, wire, keeper, lambda: Exchange(b"request", loop.create_future()))

        asyncio.run(inside())

    return go


def test_abandoning_what_is_over_leaves_the_next_request_alone(step):
    """A send may be cancelled in the very step in which it was answered."""

    def script(connection, wire, keeper, exchange):
        first, second = exchange(), exchange()
        connection.begin(first)
        connection.data_received(OK)
        connection.begin(second)
        connection.abandon(first)
        assert not wire.closed
        connection.data_received(OK)
        assert second.future.result().succeeded
        assert keeper.free == [connection, connection]
        connection.begin(third := exchange())
        connection.abandon(third)
        assert wire.closed
        assert not third.future.done()

    step(script)


def test_a_reset_does_not_complete_an_answer_of_unknown_length(step):
    def script(connection, wire, keeper, exchange):
        connection.begin(one := exchange())
        connection.data_received(b"HTTP/1.1 200 OK\r\n\r\npart")
        connection.connection_lost(ConnectionResetError())
        outcome = one.future.result()
        assert (outcome.succeeded, outcome.status, outcome.body) == (False, 200, "part")
        assert outcome.error == "h:1 reset the connection in the middle of its answer"
        assert keeper.gone == [connection]

    step(script)


@pytest.mark.parametrize(("served", "bytes_seen", "again"), [(True, b"", 1), (False, b"", 0), (True, b"H", 0)])
def test_only_a_kept_connection_without_a_byte_is_stale(served, bytes_seen, again, step):
    def script(connection, wire, keeper, exchange):
        if served:
            connection.begin(exchange())
            connection.data_received(OK)
        connection.begin(one := exchange())
        if bytes_seen:
            connection.data_received(bytes_seen)
        connection.connection_lost(None)
        assert len(keeper.again) == again
        assert one.future.done() is (not again)

    step(script)


def test_an_exchange_given_up_is_not_stale(step):
    def script(connection, wire, keeper, exchange):
        connection.begin(exchange())
        connection.data_received(OK)
        connection.begin(one := exchange())
        one.future.cancel()
        connection.connection_lost(None)
        assert keeper.again == []

    step(script)
