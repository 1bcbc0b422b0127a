from emulator.store.at_hand import kept_at_hand


def test_what_was_made_of_a_payload_is_made_once():
    made = []

    @kept_at_hand
    def make(payload):
        made.append(payload)
        return payload.encode()

    assert [make("a"), make("b"), make("a")] == [b"a", b"b", b"a"]
    assert made == ["a", "b"]


def test_the_latest_alone_are_kept_and_nothing_that_is_large():
    made = []

    @kept_at_hand
    def make(payload):
        made.append(payload)
        return payload.encode()

    for number in range(1_000):
        make(str(number))
    make("0")
    assert made[-1] == "0"
    large = "x" * 100_000
    assert make(large) == make(large) == large.encode()
    assert made[-2:] == [large, large]
