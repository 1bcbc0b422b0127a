"""Reading answers: how the bytes are cut into pieces must not matter, and nothing grows without bound."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.transports.answer import BODY_KEPT, BODY_READ, HEAD_READ, Answer, Progress

WHOLE = {
    "a length": b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
    "chunks": b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "after a 1xx": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
    "until closed": b"HTTP/1.1 201 Created\r\n\r\nhello",
    "until closed after a 1xx with a length": (
        b"HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\nHTTP/1.1 201 Created\r\nA: b\r\n\r\nhello"
    ),
    "until closed in another encoding": b"HTTP/1.1 201 Created\r\nTransfer-Encoding: gzip\r\n\r\nhello",
}


def read(answer: Answer, pieces: list[bytes]) -> Progress:
    for piece in pieces:
        progress = answer.feed(piece)
        if progress is not Progress.MORE:
            return progress
    return answer.finish()


@given(name=st.sampled_from(sorted(WHOLE)), cuts=st.lists(st.integers(0, 200), max_size=8))
def test_pieces_do_not_matter(name, cuts):
    data = WHOLE[name]
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    answer = Answer()
    progress = read(answer, [data[a:b] for a, b in pairwise(edges) if a < b])
    assert (progress, answer.status, answer.body) == (Progress.COMPLETE, 201, "hello")


@given(pieces=st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_are_read_without_an_exception(pieces):
    answer = Answer()
    assert read(answer, [piece for piece in pieces if piece]) in set(Progress) - {Progress.MORE}


@pytest.mark.parametrize("name", [name for name in WHOLE if not name.startswith("until")])
def test_every_shorter_answer_is_truncated(name):
    for length in range(1, len(WHOLE[name])):
        assert read(Answer(), [WHOLE[name][:length]]) is Progress.TRUNCATED


def test_no_bytes_at_all():
    assert Answer().finish() is Progress.NOTHING


def test_one_after_another():
    answer = Answer()
    for body in (b"one", b"", b"three"):
        answer.reset()
        assert answer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)) is Progress.COMPLETE
        assert answer.body.encode() == body
        assert answer.reusable


@pytest.mark.parametrize(
    ("data", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\n", True),  # an empty line between answers is harmless
        (b"HTTP/1.1 204 No\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nH", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 2, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\x00", False),
    ],
)
def test_which_connections_may_carry_another_request(data, reusable):
    answer = Answer()
    assert answer.feed(data) is Progress.COMPLETE
    assert answer.reusable is reusable


def test_a_second_answer_in_the_same_bytes_changes_nothing():
    answer = Answer()
    answer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nbad")
    assert (answer.status, answer.body, answer.reusable) == (200, "ok", False)


def test_a_body_is_kept_up_to_the_cap_and_read_up_to_a_limit():
    answer = Answer()
    assert answer.feed(b"HTTP/1.1 200 OK\r\n\r\n") is Progress.MORE
    fed = 0
    while answer.feed(b"x" * 1000) is Progress.MORE:
        fed += 1000
    assert BODY_READ - 2000 < fed <= BODY_READ
    assert answer.body == "x" * BODY_KEPT


def test_a_head_ends_somewhere():
    answer = Answer()
    assert answer.feed(b"HTTP/1.1 200 OK\r\n") is Progress.MORE
    fed = 0
    while (progress := answer.feed(b"A: " + b"b" * 95 + b"\r\n")) is Progress.MORE:
        fed += 100
    assert progress is Progress.ENDLESS_HEAD
    assert fed <= HEAD_READ
