"""What stands for newlines and colons, and how frames are written."""

import pytest

from emulator.runtime.stomp.escape import escape, unescape
from emulator.runtime.stomp.frame import Frame, encode
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.version import Version, agree


@pytest.mark.parametrize(
    ("version", "text", "written"),
    [
        ("1.0", "a:b\\c\r", "a:b\\c\r"),
        ("1.1", "a:b\\c\nd\r", "a\\cb\\\\c\\nd\r"),
        ("1.2", "a:b\\c\nd\r", "a\\cb\\\\c\\nd\\r"),
    ],
)
def test_every_version_has_its_own_escapes(version, text, written):
    assert escape(text, Version(version)) == written
    assert unescape(written, Version(version)) == text


def test_what_would_end_a_line_of_version_1_0_does_not():
    assert escape("a\nevil:header", Version.V1_0) == "a\\nevil:header"


@pytest.mark.parametrize(("version", "text"), [("1.1", "a\\rb"), ("1.2", "a\\tb"), ("1.2", "a\\"), ("1.1", "\\")])
def test_an_escape_that_the_version_does_not_have_is_refused(version, text):
    with pytest.raises(Refusal, match=r"write a backslash as \\\\"):
        unescape(text, Version(version))


def test_a_body_brings_its_own_length():
    frame = Frame("SEND", {"destination": "/queue/a", "content-length": "99"}, b"a\0b")
    assert encode(frame, Version.V1_2) == b"SEND\ndestination:/queue/a\ncontent-length:3\n\na\0b\0"


def test_connected_is_not_escaped():
    frame = Frame("CONNECTED", {"server": "a:b\\c"})
    assert encode(frame, Version.V1_2) == b"CONNECTED\nserver:a:b\\c\n\n\0"


@pytest.mark.parametrize(
    ("accepted", "agreed"),
    [(None, "1.0"), ("1.0", "1.0"), ("1.0,1.1", "1.1"), ("1.2,1.0", "1.2"), (" 1.1 , 2.0", "1.1")],
)
def test_the_newest_common_version_is_spoken(accepted, agreed):
    assert agree(accepted) == agreed


def test_no_common_version_is_refused():
    with pytest.raises(Refusal, match=r"'2.0,3', and this broker speaks 1.0,1.1,1.2"):
        agree("2.0,3")
