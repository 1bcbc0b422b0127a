"""One connection's frames, and what becomes of messages."""

import pytest

VERSIONS = ["1.0", "1.1", "1.2"]


def error(peer):
    """The ERROR that ended it."""
    frame = peer.take_all()[-1]
    assert frame.command == "ERROR"
    assert peer.closed
    return frame


@pytest.mark.parametrize("version", VERSIONS)
def test_connected_says_what_is_spoken(room, version):
    frame = room.stranger(version).connect(heart_beat="0,0")
    assert frame.command == "CONNECTED"
    assert frame.headers["version"] == version
    assert frame.headers["heart-beat"] == "0,0"
    assert frame.headers["session"]


def test_stomp_connects_too_and_only_once(room):
    peer = room.stranger()
    peer.send("STOMP", accept_version="1.2", host="/")
    assert peer.take().command == "CONNECTED"
    peer.send("CONNECT", accept_version="1.2")
    assert error(peer).headers["message"] == "Already connected"


def test_no_common_version_names_those_that_there_are(room):
    peer = room.stranger()
    frame = peer.connect(**{"accept-version": "3.0"})
    assert frame.command == "ERROR"
    assert frame.headers["version"] == "1.0,1.1,1.2"


@pytest.mark.parametrize("given", [{}, {"login": "ep"}, {"login": "ep", "passcode": "no"}, {"passcode": "hush"}])
def test_wrong_credentials_are_refused_without_being_repeated(make_room, given):
    frame = make_room(login="ep", passcode="hush").stranger().connect(**given)
    assert frame.command == "ERROR"
    assert "hush" not in str(frame)


def test_right_credentials_connect(make_room):
    room = make_room(login="ep", passcode="hush:é")
    assert room.stranger().connect(login="ep", passcode="hush:é").command == "CONNECTED"
    assert "hush" not in repr(room.access)


def test_version_1_0_may_have_spaces_behind_its_colons(make_room):
    room = make_room(login="ep", passcode="hush")
    peer = room.stranger("1.0")
    peer.send("CONNECT", login=" ep", passcode=" hush")
    assert peer.take().command == "CONNECTED"


@pytest.mark.parametrize(
    ("command", "headers"),
    [
        ("SEND", {"destination": "/queue/a"}),
        ("SUBSCRIBE", {"id": "1", "destination": "/queue/a"}),
        ("BEGIN", {"transaction": "t"}),
        ("DISCONNECT", {}),
    ],
)
def test_every_frame_can_have_a_receipt(room, command, headers):
    peer = room.peer()
    peer.send(command, receipt="r:1", **headers)
    frame = peer.take()
    assert (frame.command, dict(frame.headers)) == ("RECEIPT", {"receipt-id": "r:1"})
    assert peer.closed == (command == "DISCONNECT")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_arrives_as_it_was_sent(room, version):
    sender, receiver = room.peer("1.2"), room.peer(version)
    receiver.subscribe("/queue/a")
    sender.send("SEND", b"h\0llo", destination="/queue/a", content_type="text/plain", colour="blue", receipt="7")
    (frame,) = receiver.take_all()
    assert frame.command == "MESSAGE"
    assert frame.body == b"h\0llo"
    assert frame.headers == {
        "destination": "/queue/a",
        "subscription": "1",
        "message-id": "m-1",
        "content-type": "text/plain",
        "colour": "blue",
        "content-length": "5",
    } | ({"ack": "1@m-1"} if version == "1.2" else {})


@pytest.mark.parametrize(("version", "value"), [("1.0", "a:b\\nc\r\\"), ("1.1", "a:b\nc\r\\"), ("1.2", "a:b\nc\r\\")])
def test_headers_are_escaped_for_the_version_of_who_reads_them(room, version, value):
    receiver = room.peer(version)
    receiver.subscribe("/queue/a", id="x:y")
    room.peer("1.2").publish("/queue/a", "m", note="a:b\nc\r\\")
    (frame,) = receiver.take_all()
    assert frame.headers["note"] == value.strip()
    assert frame.headers["subscription"] == "x:y"


def test_the_brokers_own_headers_cannot_be_forged(room):
    receiver = room.peer()
    receiver.subscribe("/queue/a")
    room.peer().publish("/queue/a", "m", message_id="mine", subscription="9", ack="x", redelivered="true")
    (frame,) = receiver.take_all()
    assert (frame.headers["message-id"], frame.headers["subscription"]) == ("m-1", "1")
    assert frame.headers["ack"] == "1@m-1"
    assert "redelivered" not in frame.headers


def test_a_queue_keeps_messages_in_order_until_somebody_comes(room):
    room.peer().publish("/queue/a", "1", "2", "3")
    receiver = room.peer()
    receiver.subscribe("/queue/a", ack="auto")
    assert receiver.bodies() == ["1", "2", "3"]
    assert room.contents("/queue/a") == []
    assert room.destinations.budget.used == 0


def test_competing_consumers_share_fairly(room):
    first, second = room.peer(), room.peer()
    first.subscribe("/queue/a")
    second.subscribe("/queue/a")
    room.peer().publish("/queue/a", *"123456")
    assert (first.bodies(), second.bodies()) == (["1", "3", "5"], ["2", "4", "6"])


def test_a_topic_fans_out_and_keeps_nothing(room):
    room.peer().publish("/topic/a", "lost")
    first, second = room.peer(), room.peer()
    first.subscribe("/topic/a", ack="auto")
    second.subscribe("/topic/a", ack="auto")
    room.peer().publish("/topic/a", "1", "2")
    assert first.bodies() == second.bodies() == ["1", "2"]
    assert room.destinations.budget.used == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_unacknowledged_comes_again_in_order_and_says_so(room, version):
    room.peer().publish("/queue/a", *"1234")
    gone = room.peer(version)
    gone.subscribe("/queue/a")
    messages = gone.take_all()
    gone.answer("ACK", messages[1])
    gone.finish()
    again = room.peer(version)
    again.subscribe("/queue/a")
    frames = again.take_all()
    assert [frame.body for frame in frames] == [b"1", b"3", b"4"]
    assert all(frame.headers["redelivered"] == "true" for frame in frames)
    assert frames[0].headers["message-id"] == messages[0].headers["message-id"]


def test_order_survives_two_consumers_that_leave_one_after_the_other(room):
    first, second = room.peer(), room.peer()
    first.subscribe("/queue/a")
    second.subscribe("/queue/a", **{"activemq.prefetchSize": 2})
    room.peer().publish("/queue/a", *"1234567")
    second.send("UNSUBSCRIBE", id="1")
    first.finish()
    last = room.peer()
    last.subscribe("/queue/a")
    assert last.bodies() == list("1234567")


def test_several_subscriptions_of_one_connection_hand_back_together(room):
    gone = room.peer()
    gone.subscribe("/queue/a", id="x")
    gone.subscribe("/queue/a", id="y")
    waiting = room.peer()
    waiting.subscribe("/queue/a", **{"activemq.prefetchSize": 9})
    waiting.reads = False
    room.peer().publish("/queue/a", *"1234")
    assert waiting.bodies() == []
    waiting.reads = True
    gone.finish()
    assert waiting.bodies() == list("1234")


@pytest.mark.parametrize("version", VERSIONS)
def test_client_mode_acknowledges_everything_before_it_too(room, version):
    room.peer().publish("/queue/a", *"1234")
    peer = room.peer(version)
    peer.subscribe("/queue/a", ack="client")
    messages = peer.take_all()
    peer.answer("ACK", messages[2])
    assert room.contents("/queue/a") == [("4", True)]


def test_prefetch_bounds_what_is_unacknowledged(room):
    room.peer().publish("/queue/a", *"12345")
    peer = room.peer()
    peer.subscribe("/queue/a", **{"activemq.prefetchSize": 2})
    first, second = peer.take_all()
    peer.answer("ACK", second)
    assert peer.bodies() == ["3"]
    peer.answer("ACK", first)
    assert peer.bodies() == ["4"]


def test_rabbitmq_calls_it_prefetch_count_and_has_no_bound_without_it(make_room):
    room = make_room("rabbitmq")
    room.peer().publish("/queue/a", *["m"] * 2_000)
    all_of_them, one = room.peer(), room.peer()
    one.subscribe("/queue/b", prefetch_count=1)
    all_of_them.subscribe("/queue/a")
    assert len(all_of_them.take_all()) == 2_000
    one.publish("/queue/b", "1", "2")
    assert one.bodies() == ["1"]


@pytest.mark.parametrize(
    ("behaviour", "header", "value"),
    [
        ("activemq", "activemq.prefetchSize", "0"),
        ("activemq", "activemq.prefetchSize", "many"),
        ("rabbitmq", "prefetch-count", "-1"),
    ],
)
def test_a_prefetch_that_cannot_be_is_refused(make_room, behaviour, header, value):
    peer = make_room(behaviour).peer()
    peer.subscribe("/queue/a", **{header: value})
    assert error(peer).headers["message"] == f"Malformed {header}"


def test_nack_moves_what_was_sent_as_persistent_to_the_dead_letters_of_activemq(room):
    room.peer().publish("/queue/a", *"123", persistent="true")
    peer = room.peer()
    peer.subscribe("/queue/a", ack="client")
    messages = peer.take_all()
    peer.answer("NACK", messages[1])
    assert room.contents("/queue/a") == [("1", True), ("3", True)]
    assert room.contents("ActiveMQ.DLQ") == [("2", False)]
    peer.subscribe("/queue/ActiveMQ.DLQ", id="2")
    (dead,) = peer.take_all()
    assert dead.headers["original-destination"] == "/queue/a"
    assert "redelivered" not in dead.headers
    peer.answer("NACK", dead)
    assert room.contents("ActiveMQ.DLQ") == []


def test_nack_loses_what_was_not_sent_as_persistent_and_this_is_said_once(room):
    room.peer().publish("/queue/a", "1", "2")
    peer = room.peer()
    peer.subscribe("/queue/a")
    for message in peer.take_all():
        peer.answer("NACK", message)
    assert room.contents("/queue/a") == []
    assert room.destinations.budget.used == 0
    (notice,) = room.notices
    assert "'/queue/a' was rejected (NACK) and is gone" in notice


def test_nack_of_rabbitmq_queues_again_at_once_with_everything_before(make_room):
    room = make_room("rabbitmq")
    room.peer().publish("/queue/a", *"123")
    peer = room.peer()
    peer.subscribe("/queue/a", ack="client")
    messages = peer.take_all()
    peer.answer("NACK", messages[1])
    again = peer.take_all()
    assert [(frame.body, frame.headers["redelivered"]) for frame in again] == [(b"1", "true"), (b"2", "true")]


def test_rabbitmq_does_not_queue_again_what_is_not_wanted_again(make_room):
    room = make_room("rabbitmq")
    peer = room.peer()
    peer.subscribe("/queue/a")
    peer.publish("/queue/a", "1")
    peer.answer("NACK", peer.take(), requeue="false")
    assert peer.take() is None
    assert room.contents("/queue/a") == []


def test_version_1_0_has_no_nack(room):
    peer = room.peer("1.0")
    peer.subscribe("/queue/a")
    peer.publish("/queue/a", "m")
    peer.answer("NACK", peer.take())
    assert "1.0 has no NACK" in error(peer).body.decode()


def test_an_ack_that_fits_nothing_is_an_error(room):
    room.peer().publish("/queue/a", "m")
    peer = room.peer()
    peer.subscribe("/queue/a")
    message = peer.take()
    peer.answer("ACK", message)
    peer.answer("ACK", message, receipt="r")
    frame = error(peer)
    assert frame.headers["message"] == "Unexpected ACK"
    assert frame.headers["receipt-id"] == "r"


@pytest.mark.parametrize("id", ["", "1", "1@", "9@m-1", "@", "1@m-2"])
def test_ids_that_were_never_given_are_refused(room, id):
    peer = room.peer()
    peer.subscribe("/queue/a")
    peer.publish("/queue/a", "m")
    peer.send("ACK", id=id)
    assert error(peer).headers["message"] == "Unexpected ACK"
    assert room.contents("/queue/a") == [("m", False)]


def test_auto_leaves_nothing_to_acknowledge(room):
    peer = room.peer("1.1")
    peer.subscribe("/queue/a", ack="auto")
    peer.publish("/queue/a", "m")
    peer.answer("ACK", peer.take())
    assert "ack:auto" in error(peer).body.decode()


def test_version_1_0_subscribes_without_an_id(room):
    peer = room.peer("1.0")
    peer.send("SUBSCRIBE", destination="/queue/a", ack="client")
    peer.publish("/queue/a", "m")
    message = peer.take()
    assert "subscription" not in message.headers
    peer.answer("ACK", message)
    peer.send("UNSUBSCRIBE", destination="/queue/a")
    peer.publish("/queue/a", "n")
    assert peer.take() is None
    assert room.contents("/queue/a") == [("n", False)]


def test_a_transaction_sends_and_acknowledges_at_commit(room):
    peer = room.peer()
    peer.publish("/queue/in", "job")
    peer.subscribe("/queue/in")
    message = peer.take()
    peer.send("BEGIN", transaction="t")
    peer.answer("ACK", message, transaction="t")
    peer.publish("/queue/out", "1", "2", transaction="t")
    peer.publish("/topic/out", "3", transaction="t")
    assert room.contents("/queue/in") == [("job", True)]
    assert room.destinations.find("/queue/out") is None
    peer.send("COMMIT", transaction="t")
    assert room.contents("/queue/in") == []
    assert room.contents("/queue/out") == [("1", False), ("2", False)]
    used = room.destinations.budget.used
    room.destinations.find("/queue/out").purge()
    assert used > room.destinations.budget.used == 0


def test_an_aborted_transaction_never_happened(room):
    peer = room.peer()
    peer.publish("/queue/in", *"12")
    peer.subscribe("/queue/in", ack="client")
    first, second = peer.take_all()
    peer.send("BEGIN", transaction="t")
    peer.answer("ACK", second, transaction="t")
    peer.publish("/queue/out", "1", transaction="t")
    peer.send("ABORT", transaction="t")
    assert room.contents("/queue/in") == [("1", True), ("2", True)]
    assert room.destinations.find("/queue/out") is None
    peer.answer("ACK", first)
    assert room.contents("/queue/in") == [("2", True)]


@pytest.mark.parametrize("ending", ["finish", "disconnect"])
def test_a_connection_that_ends_aborts_its_transactions(room, ending):
    peer = room.peer()
    peer.publish("/queue/in", *"12")
    peer.subscribe("/queue/in")
    first, _ = peer.take_all()
    peer.send("BEGIN", transaction="t")
    peer.answer("ACK", first, transaction="t")
    peer.publish("/queue/out", "x", transaction="t")
    if ending == "finish":
        peer.finish()
    else:
        peer.send("DISCONNECT", receipt="bye")
    assert room.contents("/queue/in") == [("1", False), ("2", False)]
    assert room.destinations.find("/queue/out") is None


def test_unsubscribing_amid_a_transaction_gives_back_at_its_abort(room):
    peer = room.peer()
    peer.publish("/queue/in", "1")
    peer.subscribe("/queue/in")
    message = peer.take()
    peer.send("BEGIN", transaction="t")
    peer.answer("ACK", message, transaction="t")
    peer.send("UNSUBSCRIBE", id="1")
    assert room.contents("/queue/in") == [("1", True)]
    peer.send("ABORT", transaction="t")
    assert room.contents("/queue/in") == [("1", False)]


def test_a_transaction_frees_the_prefetch_window(room):
    peer = room.peer()
    peer.publish("/queue/in", *"12")
    peer.subscribe("/queue/in", **{"activemq.prefetchSize": 1})
    peer.send("BEGIN", transaction="t")
    peer.answer("ACK", peer.take(), transaction="t")
    assert peer.bodies() == ["2"]


@pytest.mark.parametrize("behaviour", ["activemq", "rabbitmq"])
def test_nack_in_a_transaction(make_room, behaviour):
    room = make_room(behaviour)
    peer = room.peer()
    peer.publish("/queue/in", "1")
    peer.subscribe("/queue/in")
    message = peer.take()
    peer.send("BEGIN", transaction="t")
    peer.answer("NACK", message, transaction="t")
    if behaviour == "activemq":
        assert error(peer).headers["message"] == "Unexpected NACK"
    else:
        assert peer.take() is None
        peer.send("COMMIT", transaction="t")
        assert peer.take().headers["redelivered"] == "true"


def test_a_commit_that_does_not_fit_sends_nothing(make_room):
    room = make_room(queue_messages=2)
    peer = room.peer()
    peer.send("BEGIN", transaction="t")
    peer.publish("/queue/small", *"123", transaction="t")
    peer.publish("/queue/other", "x", transaction="t")
    peer.send("COMMIT", transaction="t", receipt="c")
    frame = error(peer)
    assert frame.headers["receipt-id"] == "c"
    assert "'/queue/small' holds 0 messages" in frame.body.decode()
    assert room.contents("/queue/small") == room.contents("/queue/other") == []
    assert room.destinations.budget.used == 0


@pytest.mark.parametrize(
    ("command", "headers", "message"),
    [
        ("FOO", {}, "Unknown command"),
        ("SEND", {}, "Missing header destination"),
        ("SUBSCRIBE", {"destination": "/queue/a"}, "Missing header id"),
        ("SUBSCRIBE", {"id": "1"}, "Missing header destination"),
        ("SUBSCRIBE", {"id": "1", "destination": "/queue/a", "ack": "never"}, "Unknown ack mode"),
        ("SUBSCRIBE", {"id": "1", "destination": "/queue/a", "selector": "a=1"}, "Unsupported header"),
        ("SUBSCRIBE", {"id": "1", "destination": "/queue/a", "browser": "true"}, "Unsupported header"),
        ("SUBSCRIBE", {"id": "1", "destination": "/topic/a.>"}, "Unsupported destination"),
        ("SEND", {"destination": "/queue/a,/queue/b"}, "Unsupported destination"),
        ("SEND", {"destination": "/temp-queue/a"}, "Unsupported destination"),
        ("SEND", {"destination": "/queue/"}, "Illegal destination name"),
        ("UNSUBSCRIBE", {"id": "1"}, "Unknown subscription"),
        ("ACK", {}, "Missing header id"),
        ("BEGIN", {}, "Missing header transaction"),
        ("COMMIT", {"transaction": "t"}, "Unknown transaction"),
        ("ABORT", {"transaction": "t"}, "Unknown transaction"),
        ("SEND", {"destination": "/queue/a", "transaction": "t"}, "Unknown transaction"),
    ],
)
def test_what_is_wrong_ends_the_connection_with_a_reason(room, command, headers, message):
    peer = room.peer()
    peer.send(command, receipt="r", **headers)
    frame = error(peer)
    assert frame.headers["message"] == message
    assert frame.headers["receipt-id"] == "r"
    assert len(frame.body) > len(message)


def test_a_misspelt_command_names_the_right_one(room):
    peer = room.peer()
    peer.send("SUBSRCIBE")
    assert "did you mean 'SUBSCRIBE'?" in error(peer).body.decode()


def test_ids_of_subscriptions_and_transactions_are_unique(room):
    one, other = room.peer(), room.peer()
    one.subscribe("/queue/a")
    one.subscribe("/queue/b")
    assert error(one).headers["message"] == "Subscription exists"
    other.send("BEGIN", transaction="t")
    other.send("BEGIN", transaction="t")
    assert error(other).headers["message"] == "Transaction already begun"


def test_activemq_makes_a_queue_of_any_name(room):
    peer = room.peer()
    peer.subscribe("orders", ack="auto")
    peer.publish("/queue/orders", "1")
    assert peer.take().headers["destination"] == "/queue/orders"
    peer.publish("/nowhere/x", "2")
    assert room.contents("/queue//nowhere/x") == [("2", False)]


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        ("/nowhere/x", "Unknown destination"),
        ("orders", "Unknown destination"),
        ("/queue/a/b", "Invalid destination"),
        ("/topic/", "Invalid destination"),
        ("/exchange/amq.direct/x", "Unsupported destination"),
        ("/amq/queue/x", "Unsupported destination"),
        ("/temp-queue/x", "Unsupported destination"),
    ],
)
def test_rabbitmq_knows_queues_and_topics_only(make_room, destination, message):
    peer = make_room("rabbitmq").peer()
    peer.publish(destination, "m", receipt="r")
    frame = error(peer)
    assert frame.headers["message"] == message
    assert destination in frame.body.decode()


def test_rabbitmq_topics_have_no_durable_subscribers_here(make_room):
    room = make_room("rabbitmq")
    fine, refused = room.peer(), room.peer()
    fine.subscribe("/queue/a", durable="true")
    refused.subscribe("/topic/a", durable="true")
    assert not fine.closed
    assert "durable topic" in error(refused).body.decode()
