"""Bytes to frames: any cut of the stream, every version, everything that is too much."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.runtime.stomp.frame import Frame, encode
from emulator.runtime.stomp.limits import Limits
from emulator.runtime.stomp.parser import Parser
from emulator.runtime.stomp.refusal import ForeignProtocol, Refusal
from emulator.runtime.stomp.version import Version

COMMANDS = st.sampled_from(["SEND", "MESSAGE", "SUBSCRIBE", "ACK", "ERROR", "X"])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
# Version 1.0 cannot say everything, and leaves out what is around a value.
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters=":"), max_size=12)


@st.composite
def frames(draw, version):
    text = PLAIN if version is Version.V1_0 else TEXT
    headers = draw(st.dictionaries(text, text, max_size=5))
    headers.pop("content-length", None)
    return Frame(draw(COMMANDS), headers, draw(st.binary(max_size=40)))


def parser(version="1.2", **limits):
    made = Parser(Limits(**limits))
    made.version = None if version is None else Version(version)
    return made


def parse(made, *pieces):
    found = []
    for piece in pieces:
        made.feed(piece)
        while (frame := made.next()) is not None:
            found.append(frame)
    return found


def without_length(frame):
    return Frame(frame.command, {k: v for k, v in frame.headers.items() if k != "content-length"}, frame.body)


@given(data=st.data(), version=st.sampled_from(Version))
def test_what_is_written_is_read_again_however_it_is_cut(data, version):
    sent = data.draw(st.lists(frames(version), max_size=4))
    between = data.draw(st.sampled_from([b"", b"\n", b"\n\n\r\n"]))
    stream = b"".join(encode(frame, version) + between for frame in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    edges = [0, *cuts, len(stream)]
    made = parser(version)
    found = parse(made, *(stream[start:end] for start, end in pairwise(edges)))
    assert [without_length(frame) for frame in found] == sent
    assert made.buffered == 0


@given(data=st.data())
def test_any_bytes_parse_alike_in_one_piece_and_byte_by_byte(data):
    pieces = st.one_of(
        st.binary(max_size=30),
        st.sampled_from([b"SEND\n", b"\n\n", b"\r\n\r\n", b"a:b\n", b"a:b\r\n", b"\0", b"\\n", b"content-length:3\n"]),
    )
    stream = b"".join(data.draw(st.lists(pieces, max_size=8)))
    version = data.draw(st.sampled_from([None, *Version]))

    def outcome(*pieces):
        made, found = parser(version), []
        try:
            for piece in pieces:
                made.feed(piece)
                while (frame := made.next()) is not None:
                    found.append(frame)
        except Refusal as refusal:
            return found, refusal.message
        return found, None

    whole = outcome(stream)
    single = outcome(*(stream[i : i + 1] for i in range(len(stream))))
    assert whole[0] == single[0]
    # What kind of peer this is may show later when it comes byte by byte, and other mistakes earlier.
    assert (whole[1] is None) <= (single[1] is None)


@pytest.mark.parametrize("version", [None, "1.2"])
def test_lines_may_end_in_carriage_return_and_newline(version):
    stream = b"CONNECT\r\nlogin:ann\r\nhost:/\r\n\r\n\0\r\n"
    (frame,) = parse(parser(version), stream)
    assert frame == Frame("CONNECT", {"login": "ann", "host": "/"})


def test_a_carriage_return_belongs_to_the_value_in_version_1_1():
    (frame,) = parse(parser("1.1"), b"SEND\na:b\r\n\n\0")
    assert frame.headers == {"a": "b\r"}


def test_spaces_around_a_value_are_left_out_in_version_1_0_only():
    assert parse(parser("1.0"), b"SEND\na: b \n\n\0")[0].headers == {"a": "b"}
    assert parse(parser("1.1"), b"SEND\na: b \n\n\0")[0].headers == {"a": " b "}


def test_the_first_of_repeated_headers_counts():
    (frame,) = parse(parser(), b"SEND\nfoo:World\nfoo:Hello\n\n\0")
    assert frame.headers == {"foo": "World"}


def test_connect_is_not_unescaped():
    (frame,) = parse(parser(None), b"CONNECT\npasscode:a\\cb\n\n\0")
    assert frame.headers == {"passcode": "a\\cb"}


def test_a_body_may_hold_nul_when_its_length_is_said():
    (frame,) = parse(parser(), b"SEND\ncontent-length:3\n\na\0b\0")
    assert frame.body == b"a\0b"


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (b"SEND\na:b\0", "Unfinished headers"),
        (b"SEND\na\0:b\n\n\0", "Unfinished headers"),
        (b"SEND\nab\n\n\0", "Malformed header"),
        (b"SEND\na:\xff\n\n\0", "Not UTF-8"),
        (b"SEND\na:\\t\n\n\0", "Undefined escape sequence"),
        (b"SEND\ncontent-length:-1\n\n\0", "Malformed content-length"),
        (b"SEND\ncontent-length:\xc2\xb2\n\n\0", "Malformed content-length"),
        (b"SEND\ncontent-length:2\n\nabc\0", "Wrong content-length"),
        (b"SEND\ncontent-length:101\n\n", "Body too long"),
        (b"SEND\ncontent-length:" + b"9" * 22 + b"\n\n", "Body too long"),
        (b"SEND\n\n" + b"x" * 101, "Body too long"),
        (b"SEND\n\n" + b"x" * 101 + b"\0", "Body too long"),
        (b"SEND\n" + b"a:b\n" * 6 + b"\n\0", "Too many headers"),
        (b"SEND\na:" + b"b" * 50 + b"\n\n\0", "Header too long"),
        (b"x" * 200, "Headers too long"),
        (b"SEND\n" + b"a:b\n" * 50, "Headers too long"),
    ],
)
def test_what_is_wrong_is_named(stream, message):
    made = parser(body_bytes=100, headers=5, header_line_chars=40, head_bytes=150)
    with pytest.raises(Refusal) as caught:
        parse(made, stream)
    assert caught.value.message == message
    assert caught.value.detail != message


def test_a_body_of_the_longest_length_is_taken():
    made = parser(body_bytes=100)
    assert len(parse(made, b"SEND\n\n" + b"x" * 100 + b"\0")[0].body) == 100
    assert len(parse(made, b"SEND\ncontent-length:100\n\n" + b"x" * 100 + b"\0")[0].body) == 100


@pytest.mark.parametrize("start", [b"SEND\n", b"CONNECTX\n", b"X", b"\nSTOMPX", b"\x16\x03\x01"])
def test_the_first_frame_has_to_connect(start):
    with pytest.raises(Refusal, match="has to be CONNECT or STOMP") as caught:
        parse(parser(None), start)
    assert not isinstance(caught.value, ForeignProtocol)


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1\r\n", b"POST /x", b"OPTIONS * HTTP/1.1", b"CONNECT a:1 HTTP/1.1"])
def test_http_is_recognised(line):
    with pytest.raises(ForeignProtocol):
        parse(parser(None), line)


def test_a_body_in_many_small_pieces_costs_no_more_than_its_length():
    """A search that began anew with every piece would look at ten thousand times as much."""
    made = parser()
    made.feed(b"SEND\n\n")
    for _ in range(20_000):
        made.feed(b"x" * 50)
        assert made.next() is None
    made.feed(b"\0")
    frame = made.next()
    assert frame is not None
    assert len(frame.body) == 1_000_000
