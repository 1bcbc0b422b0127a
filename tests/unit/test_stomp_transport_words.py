"""What a broker says, as one line for an attempt's log; when heart-beats are due; how long a broker is left alone."""

from math import inf

import pytest

from emulator.transports.stomp.heartbeat import HeartBeat
from emulator.transports.stomp.pause import LONGEST, SHORTEST, Pause
from emulator.transports.stomp.words import broker_words

TRACE = (
    "org.apache.activemq.transport.stomp.ProtocolException: Unknown STOMP action: FROB\r\n"
    "\tat org.apache.activemq.transport.stomp.ProtocolConverter.onStompCommand(ProtocolConverter.java:258)\r\n"
)


@pytest.mark.parametrize(
    ("message", "body", "words"),
    [
        ("Unknown STOMP action: FROB", TRACE, "Unknown STOMP action: FROB"),
        ("Bad CONNECT", "Access refused for user 'ep'\n", "Bad CONNECT: Access refused for user 'ep'"),
        ("Unknown\ndestination", "one\n\ntwo\n\0", "Unknown destination: one two"),
        ("full", "", "full"),
        ("", "only a body", "only a body"),
        ("", "", "an ERROR without a word"),
    ],
)
def test_an_error_frame_becomes_one_line(message, body, words):
    assert broker_words({"message": message} if message else {}, body) == words


def test_a_long_story_is_cut():
    told = broker_words({"message": "full"}, "x" * 10_000)
    assert len(told) == 500
    assert told.endswith("…")


@pytest.mark.parametrize(
    ("header", "every", "silence"),
    [("0,0", inf, inf), ("20000,5000", 10, 20), ("5000,20000", 20, 10), ("0,15000", 15, inf), ("x,1", inf, inf)],
)
def test_the_slower_of_both_sides_decides_how_often_a_heart_beats(header, every, silence):
    beat = HeartBeat(10)
    beat.agree(header, now=100)
    assert (beat.every, beat.silence) == (every, silence)
    assert beat.due == 100 + every / 2
    assert beat.missed == 100 + silence * 2


def test_the_pause_doubles_until_something_worked():
    pause = Pause()
    assert pause.left(0) == 0
    lengths = []
    for _ in range(6):
        pause.failed(10)
        lengths.append(pause.left(10))
    assert lengths == pytest.approx([SHORTEST, 0.2, 0.4, 0.8, LONGEST, LONGEST])
    assert pause.left(20) == 0
    pause.worked()
    pause.failed(30)
    assert pause.left(30) == pytest.approx(SHORTEST)
