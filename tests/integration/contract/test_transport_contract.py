"""One contract, same body, over every transport: what the engine may count on, whoever delivers.

A new transport joins by a peer of its own in `PEERS` of the conftest beside this.
"""

import asyncio
from typing import Any

import pytest

from emulator.runtime.barrier import WrittenBarrier


def test_a_message_is_delivered_once_as_it_was_rendered(over: Any) -> None:
    async def body(peer: Any) -> None:
        rendered = '{"id": "job-1", "text": "Zoë ☕"}'.encode()
        outcome = await peer.transport.send(peer.message(body=rendered))
        assert outcome.succeeded
        assert outcome.error is None
        assert outcome.processing_time >= 0
        assert [arrived.body for arrived in peer.arrived] == [rendered]

    over(body)


def test_a_refusal_is_an_outcome_with_a_sentence(over: Any) -> None:
    async def body(peer: Any) -> None:
        peer.fails = lambda arrived: True
        outcome = await peer.transport.send(peer.message())
        assert not outcome.succeeded
        assert outcome.error
        assert len(peer.arrived) == 1

    over(body)


def test_messages_go_side_by_side(over: Any) -> None:
    async def body(peer: Any) -> None:
        peer.gate.clear()
        sends = [asyncio.create_task(peer.transport.send(peer.message(number))) for number in range(5)]
        await peer.until(lambda: peer.open_now == 5)
        peer.gate.set()
        assert all(outcome.succeeded for outcome in await asyncio.gather(*sends))

    over(body)


def test_a_cancelled_send_ends_at_once_and_the_next_one_works(over: Any) -> None:
    async def body(peer: Any) -> None:
        peer.gate.clear()
        send = asyncio.create_task(peer.transport.send(peer.message(1)))
        await peer.until(lambda: peer.open_now == 1)
        send.cancel()
        with pytest.raises(asyncio.CancelledError):
            await send
        peer.gate.set()
        assert (await peer.transport.send(peer.message(2))).succeeded
        assert [arrived.job for arrived in peer.arrived] == ["job-1", "job-2"]

    over(body)


def test_behind_a_barrier_all_are_written_before_any_answer_is_read(over: Any) -> None:
    async def body(peer: Any) -> None:
        barrier = WrittenBarrier(3)
        messages = [peer.message(number, barrier=barrier.place()) for number in range(3)]
        first = [asyncio.create_task(peer.transport.send(message)) for message in messages[:2]]
        await peer.until(lambda: len(peer.arrived) == 2)
        later = await peer.transport.send(peer.message(9))
        assert later.succeeded
        assert not any(send.done() for send in first), "an answer was read although one request was not written"
        last = await peer.transport.send(messages[2])
        assert all(outcome.succeeded for outcome in [last, *await asyncio.gather(*first)])

    over(body)


def test_a_barrier_opens_when_one_of_its_members_leaves(over: Any) -> None:
    async def body(peer: Any) -> None:
        barrier = WrittenBarrier(2)
        gone = barrier.place()
        send = asyncio.create_task(peer.transport.send(peer.message(barrier=barrier.place())))
        await peer.until(lambda: len(peer.arrived) == 1)
        gone.leave()
        gone.leave()
        assert (await send).succeeded

    over(body)
