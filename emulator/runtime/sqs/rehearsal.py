"""Rehearsal: a short day of a standard and a FIFO queue, played on moto's models, with all that could be seen of it."""

from typing import Any

# What differs from one time to the next.
_CLOCKED = ("CreatedTimestamp", "LastModifiedTimestamp")


def rehearse(models: Any) -> list[object]:
    """What was seen, in order; the same for a patched moto as for a stock one. Touches no queue of anybody's."""
    backend = models.SQSBackend(region_name="us-east-1", account_id="000000000000")
    return [*_standard(models, backend), *_fifo(models, backend)]


def _standard(models: Any, backend: Any) -> list[object]:
    name = "rehearsal"
    backend.create_queue(name, None, VisibilityTimeout="40")
    seen: list[object] = [_attributes(backend, name)]
    for body, delay in (("one", None), ("two", None), ("three", 900)):
        backend.send_message(name, body, delay_seconds=delay)
    seen.append(_attributes(backend, name))
    first, second = backend.receive_message(name, 10, 0, 30, [])
    seen += [_seen(first), _seen(second), _bodies(backend, name), _attributes(backend, name)]
    backend.change_message_visibility(name, second.receipt_handle, 0)
    seen.append(_attributes(backend, name))
    (again,) = backend.receive_message(name, 10, 0, 30, [])
    seen.append(_seen(again))
    for handle in (first.receipt_handle, first.receipt_handle, second.receipt_handle):
        backend.delete_message(name, handle)
        seen.append(_attributes(backend, name))
    seen.append(_failure(lambda: backend.delete_message(name, "no handle of anything")))
    seen.append(backend.get_queue_attributes(name, ["VisibilityTimeout", "ApproximateNumberOfMessages"]))
    seen.append(_failure(lambda: backend.create_queue(name, None, VisibilityTimeout="41")))
    return [*seen, str(backend.create_queue(name, None, VisibilityTimeout="40").name)]


def _fifo(models: Any, backend: Any) -> list[object]:
    name = "rehearsal.fifo"
    backend.create_queue(name, None, FifoQueue="true")

    def send(body: str, group: str | None, key: str | None) -> None:
        backend.send_message(name, body, group_id=group, deduplication_id=key)

    for body, group, key in (("one", "a", "1"), ("one again", "a", "1"), ("two", "a", "2"), ("three", "b", "3")):
        send(body, group, key)
    seen: list[object] = [
        _failure(lambda: send("no group", None, "4")),
        _failure(lambda: send("no key", "a", None)),
        _attributes(backend, name),
    ]
    first = backend.receive_message(name, 1, 0, 30, [])[0]
    seen += [_seen(first), _bodies(backend, name), _bodies(backend, name), _attributes(backend, name)]
    backend.delete_message(name, first.receipt_handle)
    seen += [_bodies(backend, name), _attributes(backend, name)]
    backend.purge_queue(name)
    return [*seen, _attributes(backend, name)]


def _attributes(backend: Any, name: str) -> dict[str, object]:
    there = backend.get_queue_attributes(name, ["All"])
    return {key: value for key, value in there.items() if key not in _CLOCKED}


def _bodies(backend: Any, name: str) -> list[str]:
    return [str(message.body) for message in backend.receive_message(name, 10, 0, 30, [])]


def _seen(message: Any) -> tuple[object, ...]:
    return (
        message.body,
        message.group_id,
        message.deduplication_id,
        message.approximate_receive_count,
        message.visible,
        message.delayed,
    )


def _failure(act: Any) -> str:
    try:
        act()
    except Exception as failure:
        return f"{type(failure).__name__}: {failure}"
    return "accepted"
