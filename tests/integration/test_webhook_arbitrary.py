"""Whatever bytes a receiver answers with: an outcome, no exception, and no connection reused after garbage."""

import asyncio
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.domain.outcome import Outcome
from emulator.transports.connection import NOT_2XX
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

fragments = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 101 Up\r\n",
        b"HTTP/1.1 999 Odd\r\n", b"HTTP/1.1 000 Zero\r\n", b"HTTP/1.1 204\r\n", b"Content-Length: 3\r\n",
        b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n",
        b"Connection: upgrade\r\nUpgrade: x\r\n", b"\r\n", b"\n", b"abc", b"3\r\nabc\r\n", b"0\r\n\r\n", b"\x00", OK,
    ]
)  # fmt: skip
answers = st.lists(st.one_of(fragments, st.binary(max_size=40)), max_size=10)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=answers)
def test_any_answer_comes_to_an_outcome(parts, run, raw_receiver, webhook_message):
    """The first connection answers anything, in as many pieces; later ones answer well."""

    async def script(visit):
        await visit.request()
        if visit.number > 1:
            await visit.send(OK)
            return
        for part in parts:
            await visit.send(part)
            await asyncio.sleep(0)

    async def go():
        transport = WebhookTransport(reach=Reach(), timeout=10)
        async with raw_receiver(script) as receiver:
            first = await transport.send(webhook_message(receiver.url))
            second = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return receiver, first, second

    receiver, first, second = run(go())
    assert isinstance(first, Outcome)
    assert first.succeeded == (first.error is None)
    if first.succeeded:
        assert 200 <= first.status < 300
        assert re.match(rb"[\r\n]*HTTP/", b"".join(parts))
    assert isinstance(second, Outcome)
    if first.error not in (None, NOT_2XX):
        # After a whole answer, late bytes may meet the next request: HTTP/1.1 cannot tell. After garbage, never.
        assert (second.succeeded, second.body) == (True, "ok")
        assert receiver.visits == 2
