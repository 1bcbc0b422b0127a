"""How a request is taken apart to be written wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.wire_fault import ConnectionMode, WireFault
from emulator.transports.faulty_connection import cut, strokes
from emulator.transports.target import with_headers

BODIES = st.binary(max_size=300)
FAULTS = st.builds(
    WireFault,
    mode=st.sampled_from(ConnectionMode),
    salt=st.integers(0, (1 << 32) - 1),
    chunk=st.integers(1, 400),
    delay=st.integers(0, 1000),
    bytes=st.integers(0, 400),
    rate=st.integers(1, 5000),
)


@given(FAULTS, BODIES)
def test_what_is_written_is_the_request_or_its_beginning(fault: WireFault, body: bytes) -> None:
    request = b"POST / HTTP/1.1\r\nA: b\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    end = cut(request, fault)
    pieces = [piece for _, piece in strokes(request, fault)]
    assert b"".join(pieces) == request[:end]
    assert all(pieces)
    if end is not None:
        assert end < len(request)
        assert end > 0 or fault.mode in (ConnectionMode.TIMEOUT, ConnectionMode.LIMIT)


REQUEST = b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nX: y\r\n\r\n{\r\n\r\nX: z}"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"content-type": None}, b"POST / HTTP/1.1\r\nX: y\r\n\r\n{\r\n\r\nX: z}"),
        ({"Content-Type": b""}, REQUEST.replace(b"application/json", b"")),
        ({"X": b"\xff"}, REQUEST.replace(b"X: y", b"X: \xff")),
        ({"New": b"1", "Other": None}, REQUEST.replace(b"X: y", b"X: y\r\nNew: 1")),
    ],
)
def test_headers_are_replaced_added_or_left_out(headers: dict[str, bytes | None], expected: bytes) -> None:
    assert with_headers(REQUEST, headers) == expected
