"""Everything has a bound, and reaching it is said."""

import pytest

MIB = 1024 * 1024


def error(peer):
    frame = peer.take_all()[-1]
    assert frame.command == "ERROR"
    assert peer.closed
    return frame


def test_a_full_queue_says_which_and_what_to_do_and_is_announced_once(make_room):
    room = make_room(queue_messages=3)
    for _ in range(2):
        peer = room.peer()
        peer.publish("/queue/a", *"1234", receipt="r")
        assert (
            error(peer).body
            == b"the queue '/queue/a' holds 3 messages of 0.0 MB, and may hold 3; consume or purge it\n"
        )
    assert len(room.notices) == 1
    assert room.contents("/queue/a") == [("1", False), ("2", False), ("3", False)]


def test_a_queue_that_was_emptied_may_fill_up_and_say_so_again(make_room):
    room = make_room(queue_messages=1)
    room.peer().publish("/queue/a", "1", "2")
    assert room.destinations.find("/queue/a").purge() == 1
    room.peer().publish("/queue/a", "1", "2")
    reader = room.peer()
    reader.subscribe("/queue/a", ack="auto")
    reader.send("UNSUBSCRIBE", id="1")
    room.peer().publish("/queue/a", "1", "2")
    assert len(room.notices) == 3


def test_unacknowledged_messages_count_too(make_room):
    room = make_room(queue_messages=2)
    reader, writer = room.peer(), room.peer()
    reader.subscribe("/queue/a")
    writer.publish("/queue/a", *"123")
    assert "2 of them unacknowledged" in error(writer).body.decode()


def test_the_memory_is_bounded_over_all_queues_and_free_again_after_use(make_room):
    room = make_room(memory_bytes=MIB)
    writer = room.peer()
    for number in range(20):
        writer.publish(f"/queue/{number}", "x" * 100_000)
    assert "of which 1.0 MB are used" in error(writer).body.decode()
    assert 0.8 * MIB < room.destinations.budget.used <= MIB
    for queue in room.destinations.queues:
        queue.purge()
    assert room.destinations.budget.used == 0
    again = room.peer()
    again.publish("/queue/0", "x" * 100_000)
    assert not again.closed


def test_a_dead_letter_has_its_room_even_when_all_is_full(make_room):
    room = make_room(queue_messages=2, queues=1)
    peer = room.peer()
    peer.publish("/queue/a", *"12", persistent="true")
    peer.subscribe("/queue/a")
    for message in peer.take_all():
        peer.answer("NACK", message)
        peer.publish("/queue/a", "again", persistent="true")
    for message in peer.take_all():
        peer.answer("NACK", message)
    assert not peer.closed
    assert len(room.contents("ActiveMQ.DLQ")) == 4


def test_queues_that_nobody_uses_make_room_for_others(make_room):
    room = make_room(queues=3)
    room.destinations.queue("/queue/kept").ensured = True
    reader = room.peer()
    reader.subscribe("/queue/used", ack="auto")
    for number in range(10):
        reader.subscribe(f"/queue/{number}", id="n", ack="auto")
        reader.send("UNSUBSCRIBE", id="n")
    assert {queue.name for queue in room.destinations.queues} >= {"/queue/kept", "/queue/used"}
    assert len(list(room.destinations.queues)) == 3
    reader.publish("/queue/a", "m")
    reader.publish("/queue/b", "m")
    assert error(reader).headers["message"] == "Too many queues"


def test_subscriptions_of_a_connection(make_room):
    peer = make_room(subscriptions=2).peer()
    for number in range(3):
        peer.subscribe("/queue/a", id=number)
    assert error(peer).headers["message"] == "Too many subscriptions"


def test_open_transactions_of_a_connection(make_room):
    peer = make_room(transactions=2).peer()
    for number in range(3):
        peer.send("BEGIN", transaction=number)
    assert error(peer).headers["message"] == "Too many transactions"


def test_the_bytes_of_open_transactions(make_room):
    room = make_room(transaction_bytes=10_000)
    peer = room.peer()
    for number in range(2):
        peer.send("BEGIN", transaction=number)
        peer.publish("/queue/a", "x" * 6_000, transaction=number)
    assert error(peer).headers["message"] == "Transaction too large"
    assert room.destinations.budget.used == 0


def test_transactions_count_as_memory(make_room):
    room = make_room(memory_bytes=10_000)
    one, other = room.peer(), room.peer()
    for peer in (one, other):
        peer.send("BEGIN", transaction="t")
        peer.publish("/queue/a", "x" * 6_000, transaction="t")
    assert error(other).headers["message"] == "Broker is full"
    one.send("COMMIT", transaction="t")
    assert not one.closed


def test_nothing_is_dispatched_to_a_consumer_that_does_not_read(room):
    stuck, reader = room.peer(), room.peer()
    stuck.subscribe("/queue/a", ack="auto")
    stuck.reads = False
    room.peer().publish("/queue/a", "1")
    assert room.contents("/queue/a") == [("1", False)]
    reader.subscribe("/queue/a", ack="auto")
    room.peer().publish("/queue/a", "2")
    assert reader.bodies() == ["1", "2"]
    reader.send("UNSUBSCRIBE", id="1")
    room.peer().publish("/queue/a", "3")
    stuck.read_again()
    assert stuck.bodies() == ["3"]


@pytest.mark.parametrize("limits", [{"backlog_messages": 3}, {"backlog_bytes": 2_000}, {"memory_bytes": 2_000}])
def test_a_topic_subscriber_that_is_too_slow_is_disconnected_and_costs_the_others_nothing(make_room, limits):
    room = make_room(**limits)
    slow, quick, writer = room.peer(), room.peer(), room.peer()
    slow.subscribe("/topic/a", ack="auto")
    quick.subscribe("/topic/a", ack="auto")
    slow.reads = False
    writer.publish("/topic/a", *"123456")
    assert error(slow).headers["message"] == "Slow consumer"
    assert quick.bodies() == list("123456")
    assert not writer.closed
    assert room.destinations.budget.used == 0


def test_a_slow_subscriber_with_two_subscriptions_leaves_nothing_behind(make_room):
    room = make_room(backlog_messages=3)
    slow = room.peer()
    slow.subscribe("/topic/a", id="1")
    slow.subscribe("/topic/a", id="2")
    slow.reads = False
    room.peer().publish("/topic/a", *"12345")
    assert slow.closed
    assert room.destinations.budget.used == 0


def test_a_topic_subscriber_that_never_acknowledges_is_too_slow(make_room):
    room = make_room(backlog_messages=3)
    peer = room.peer()
    peer.subscribe("/topic/a", ack="client")
    room.peer().publish("/topic/a", *"1234")
    assert error(peer).headers["message"] == "Slow consumer"


def test_an_answer_to_a_topic_after_unsubscribing_amid_a_transaction_is_harmless(room):
    peer = room.peer()
    peer.subscribe("/topic/a", ack="client")
    peer.publish("/topic/a", "m")
    message = peer.take()
    peer.send("BEGIN", transaction="t")
    peer.answer("ACK", message, transaction="t")
    peer.send("UNSUBSCRIBE", id="1")
    peer.send("COMMIT", transaction="t")
    assert not peer.closed
    assert room.destinations.budget.used == 0
