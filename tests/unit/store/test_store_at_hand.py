import pytest

from emulator.store.at_hand import kept_at_hand


@pytest.fixture
def made():
    """The payloads of which something was made."""
    return []


@pytest.fixture
def make(made):
    @kept_at_hand
    def make(payload):
        made.append(payload)
        return payload.encode()

    return make


def test_what_was_made_of_a_payload_is_made_once(make, made):
    assert [make("a"), make("b"), make("a")] == [b"a", b"b", b"a"]
    assert made == ["a", "b"]


def test_the_latest_alone_are_kept(make, made):
    for number in range(1_000):
        make(str(number))
    make("999")
    assert made[-1] == "999"
    assert len(made) == 1_000
    make("0")
    assert len(made) == 1_001


def test_nothing_large_is_kept(make, made):
    large = "x" * 100_000
    assert make(large) == make(large) == large.encode()
    assert made == [large, large]
