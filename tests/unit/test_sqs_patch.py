"""The patch of moto: what it does, that it is flat, and that it keeps its hands off what it does not know."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest

from emulator.runtime.sqs import flat_queues, patch
from emulator.runtime.sqs.patch import KNOWN_SOURCES, Patch, patch_moto, source_digest
from emulator.runtime.sqs.rehearsal import rehearse

PARTS = (*KNOWN_SOURCES, "Queue.__init__")


def here() -> None:
    """A client that waits for its answer."""


def parts(models: Any) -> dict[str, Any]:
    return {name: vars(getattr(models, name.partition(".")[0]))[name.partition(".")[2]] for name in PARTS}


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`moto.sqs.models`, as it was again after the test."""
    models = import_module("moto.sqs.models")
    stock = parts(models)
    yield models
    monkeypatch.undo()
    for name, part in stock.items():
        owner, _, attribute = name.partition(".")
        setattr(getattr(models, owner), attribute, part)


def apply() -> Patch:
    done = patch_moto(here)
    assert done.reason is None
    return done


def calls_of_a_send(models: Any, done: Patch, depth: int, *, fifo: bool) -> int:
    """How many functions run, Python's and C's, while one message is sent to a queue that holds `depth`."""
    backend = models.SQSBackend(region_name="us-east-1", account_id="000000000000")
    name = "deep.fifo" if fifo else "deep"
    backend.create_queue(name, None, **({"FifoQueue": "true"} if fifo else {}))
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    def send(number: int) -> None:
        key = {"group_id": "g", "deduplication_id": str(number)} if fifo else {}
        backend.send_message(name, "body", **key)

    with done.lock:
        for number in range(depth):
            send(number)
        sys.setprofile(tick)
        try:
            send(depth)
        finally:
            sys.setprofile(None)
    assert len(backend.queues[name]._messages) == depth + 1
    return count


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
def test_a_send_costs_the_same_however_full_the_queue_is(models: Any, fifo: bool) -> None:
    done = apply()
    empty, deep = (calls_of_a_send(models, done, depth, fifo=fifo) for depth in (0, 5000))
    assert deep <= empty * 1.1


def test_what_is_measured_grows_in_a_moto_that_is_not_patched(models: Any) -> None:
    """Or the test above would show nothing."""
    import threading

    stock = Patch(lock=threading.RLock())
    empty, deep = (calls_of_a_send(models, stock, depth, fifo=False) for depth in (0, 100))
    assert deep > empty + 100


def test_what_can_be_seen_of_queues_stays_the_same(models: Any) -> None:
    stock = rehearse(models)
    done = apply()
    with done.lock:
        assert rehearse(models) == stock
    assert len(stock) > 20


def test_only_what_is_known_by_its_source_is_replaced(models: Any) -> None:
    before = parts(models)
    apply()
    after = parts(models)
    assert all(after[name] is not before[name] for name in PARTS)


@pytest.mark.parametrize("version", ["5.0.28", "5.3.0", "6.0.0", "5.20.1"])
def test_a_release_that_was_not_tried_stays_as_it_is(
    models: Any, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    before = parts(models)
    monkeypatch.setattr(patch, "version", lambda _: version)
    assert patch_moto(here) == Patch(reason=f"moto {version} is none of the releases that were tried (5.1, 5.2)")
    assert parts(models) == before


def test_a_moto_whose_source_has_changed_stays_as_it_is(models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def add_message(queue: Any, message: Any) -> None:
        queue._messages.insert(0, message)

    monkeypatch.setattr(models.Queue, "add_message", add_message)
    monkeypatch.delattr(models.Queue, "messages")
    before = vars(models.Queue)["attributes"]
    done = patch_moto(here)
    assert done.lock is None
    assert "has its own Queue.messages, Queue.add_message" in (done.reason or "")
    assert vars(models.Queue)["attributes"] is before


@pytest.mark.parametrize("change", ["forgets", "fails"])
def test_a_patch_that_changes_what_can_be_seen_is_taken_back(
    models: Any, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    before = parts(models)
    genuine = patch.flat_queues

    def broken(*args: Any) -> dict[str, Any]:
        def add_message(queue: Any, message: Any) -> None:
            if change == "fails":
                raise LookupError

        return {**genuine(*args), "Queue.add_message": add_message}

    monkeypatch.setattr(patch, "flat_queues", broken)
    done = patch_moto(here)
    assert done.lock is None
    assert "did not behave as before" in (done.reason or "")
    assert parts(models) == before


def test_a_part_that_is_not_there_has_no_source(models: Any) -> None:
    assert source_digest(models, "Queue.no_such_thing") == ""
    assert source_digest(models, "NoSuchClass.messages") == ""


def test_the_messages_a_fifo_queue_remembers_are_those_of_five_minutes(
    models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = apply()
    backend = models.SQSBackend(region_name="us-east-1", account_id="000000000000")
    queue = backend.create_queue("q.fifo", None, FifoQueue="true")
    at = 1_000_000_000
    monkeypatch.setattr(models, "unix_time_millis", lambda: at)

    def sent(key: str) -> int:
        with done.lock:
            backend.send_message("q.fifo", "body", group_id="g", deduplication_id=key)
        return len(queue._messages)

    assert (sent("a"), sent("a"), sent("b")) == (1, 1, 2)
    at += 5 * 60 * 1000 - 1
    assert sent("a") == 2
    at += 1
    assert (sent("a"), sent("a")) == (3, 3)
    assert set(queue.deduplicated) == {(None, "a")}


def test_a_receive_that_waits_hears_of_what_lets_it_go_on(models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is sent, and a deleted one whose group comes free: neither is left to the next look."""
    monkeypatch.setattr(flat_queues, "_LOOK_AGAIN", 60.0)
    lock = apply().lock
    backend = models.SQSBackend(region_name="us-east-1", account_id="000000000000")
    queue = backend.create_queue("q.fifo", None, FifoQueue="true")

    def send(key: str) -> None:
        backend.send_message("q.fifo", key, group_id="g", deduplication_id=key)

    def receive(wait: int) -> Any:
        with lock:
            return backend.receive_message("q.fifo", 1, wait, 30, [])[0]

    def waits() -> bool:
        with lock:
            return bool(queue._messages_lock._waiters)

    def after(act: Callable[[], None]) -> Any:
        """What a receive that was waiting already gets when this is done."""
        with ThreadPoolExecutor(1) as consumer:
            waiting = consumer.submit(receive, 30)
            while not waits():
                assert not waiting.done()
            with lock:
                act()
            return waiting.result(5)

    first = after(lambda: send("1"))
    with lock:
        send("2")
    assert after(lambda: backend.delete_message("q.fifo", first.receipt_handle)).body == "2"
