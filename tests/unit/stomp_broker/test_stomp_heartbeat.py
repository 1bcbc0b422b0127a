"""Heart-beats: what is agreed, and when somebody is too quiet."""

import pytest

from emulator.runtime.stomp.heartbeat import HeartBeat, Pulse, agree
from emulator.runtime.stomp.refusal import Refusal


@pytest.mark.parametrize(
    ("wanted", "send", "expect"),
    [
        (None, 0, 0),
        ("0,0", 0, 0),
        ("1000,2000", 2000, 1000),
        ("0,5", 100, 0),
        (" 5 , 0 ", 0, 100),
        ("999999999999,0", 0, 86_400_000),
    ],
)
def test_both_directions_are_as_the_client_wants_within_reason(wanted, send, expect):
    agreed = agree(wanted, least_ms=100)
    assert agreed == HeartBeat(send_ms=send, expect_ms=expect)
    assert agreed.header == f"{send},{expect}"


@pytest.mark.parametrize("wanted", ["", "1", "1,2,3", "a,b", "-1,0", "1.5,0", "²,0", "9" * 30 + ",0"])
def test_what_is_no_pair_of_numbers_is_refused(wanted):
    with pytest.raises(Refusal, match="two numbers of milliseconds"):
        agree(wanted, least_ms=100)


def test_nothing_agreed_means_nothing_to_wait_for():
    pulse = Pulse(HeartBeat(), grace=2, now=5)
    assert pulse.wait(1e9) is None
    assert not pulse.due(1e9)
    assert not pulse.silent(1e9)


def test_a_peer_is_silent_after_its_grace_and_heard_again_at_once():
    pulse = Pulse(HeartBeat(expect_ms=1000), grace=2, now=10)
    assert not pulse.silent(11.9)
    assert pulse.wait(11.5) == 0.5
    assert pulse.silent(12)
    pulse.heard(12)
    assert not pulse.silent(13.9)


def test_our_own_beat_is_due_early_enough_and_put_off_by_whatever_is_written():
    pulse = Pulse(HeartBeat(send_ms=1000), grace=2, now=10)
    assert pulse.wait(10) == 0.5
    assert pulse.due(10.5)
    pulse.said(10.4)
    assert not pulse.due(10.5)
    assert pulse.due(10.9)
    assert pulse.wait(20) == 0
