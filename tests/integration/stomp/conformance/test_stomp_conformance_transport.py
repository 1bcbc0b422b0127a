"""Our transport against every broker: what it calls delivered is in the queue, whatever happens to the broker."""

import asyncio
from contextlib import suppress

from emulator.runtime.stomp.behaviour import BrokerBehaviour


def login(broker, **values):
    return {"username": broker.login, "password": broker.passcode, **values}


async def taken_from(connect, queue, count):
    """So many messages of a queue, which are all that there are."""
    async with connect() as stream:
        await stream.settled("SUBSCRIBE", {"id": "s", "destination": queue, "ack": "auto"})
        found = [await stream.receive() for _ in range(count)]
        assert await stream.silent()
        return found


def test_what_is_delivered_is_in_the_queue_byte_for_byte(broker, connect, queue, stomp_transport, stomp_message):
    bodies = ['{"name":"Zoë ☕"}'.encode(), b"a\0b\0", b"x" * 1_000_000]

    async def test():
        async with stomp_transport() as transport:
            for body in bodies:
                message = stomp_message(broker.address, destination=queue, body=body, **login(broker))
                outcome = await transport.send(message)
                assert outcome.succeeded, outcome.error
        found = await taken_from(connect, queue, len(bodies))
        assert [message.body for message in found] == bodies
        for message in found:
            assert message.headers["content-type"] == "application/json"
            assert message.headers["persistent"] == "true"
            assert message.headers["destination"] == queue
            assert int(message.headers["content-length"]) == len(message.body)

    asyncio.run(test())


def test_many_messages_arrive_once_and_in_their_order(broker, connect, queue, stomp_transport, stomp_message):
    async def test():
        bodies = [b"%d" % number for number in range(500)]
        async with stomp_transport() as transport:
            messages = [stomp_message(broker.address, destination=queue, body=body, **login(broker)) for body in bodies]
            outcomes = await asyncio.gather(*(transport.send(message) for message in messages))
        assert {outcome.error for outcome in outcomes} == {None}
        assert [message.body for message in await taken_from(connect, queue, len(bodies))] == bodies

    asyncio.run(test())


def test_over_tls_with_its_authority_and_not_without(broker, connect, queue, stomp_transport, stomp_message):
    async def test():
        async with stomp_transport() as transport:
            trusting = login(broker, destination=queue, ca_file=broker.ca_file)
            outcome = await transport.send(stomp_message(broker.tls_address, **trusting))
            assert outcome.succeeded, outcome.error
            distrusting = login(broker, destination=queue, integration="distrusting")
            outcome = await transport.send(stomp_message(broker.tls_address, **distrusting))
            assert outcome.error is not None
            assert "was not accepted" in outcome.error
        await taken_from(connect, queue, 1)

    asyncio.run(test())


def test_a_wrong_login_fails_in_the_brokers_own_words(broker, queue, stomp_transport, stomp_message):
    origin = f"127.0.0.1:{broker.program.port}"
    silence = f"{origin} closed the connection without answering CONNECT"

    async def refused():
        async with stomp_transport() as transport:
            wrong = login(broker, password="not the passcode", destination=queue)
            outcome = await transport.send(stomp_message(broker.address, **wrong))
        assert outcome.error is not None
        assert "not the passcode" not in outcome.error
        if outcome.error == silence and broker.may_refuse_in_silence:
            return False
        assert outcome.error.startswith(f"{origin} refused to connect us: ")
        return True

    async def test():
        assert any([await refused() for _ in range(5)]), "never said why"

    asyncio.run(test())


def test_a_destination_that_the_broker_refuses_fails_in_its_own_words(broker, queue, stomp_transport, stomp_message):
    async def test():
        async with stomp_transport() as transport:
            nowhere = login(broker, destination=queue.replace("/queue/", "/nowhere/"))
            outcome = await transport.send(stomp_message(broker.address, **nowhere))
        if broker.behaviour is BrokerBehaviour.RABBITMQ:
            assert outcome.error is not None
            assert outcome.error.startswith("The broker answered ERROR: Unknown destination")
        else:
            assert outcome.succeeded

    asyncio.run(test())


def test_the_second_address_serves_while_nobody_is_at_the_first(
    broker, connect, queue, stomp_transport, stomp_message, fake_broker
):
    async def standby(visit):
        await visit.until_closed()

    async def test():
        async with fake_broker(standby) as silent, stomp_transport(connect=0.5) as transport:
            addresses = ("stomp://127.0.0.1:1", silent.address, broker.address)
            outcome = await transport.send(stomp_message(*addresses, destination=queue, **login(broker)))
            assert outcome.succeeded, outcome.error
        await taken_from(connect, queue, 1)

    asyncio.run(test())


def test_a_broker_that_is_killed_in_mid_run_and_comes_back_has_everything(
    broker, connect, queue, stomp_transport, stomp_message
):
    """What has no receipt is sent again, as the dispatcher does; what had one has to be there after the kill."""
    bodies = [b"%d" % number for number in range(1_000)]

    async def test():
        delivered: set[bytes] = set()
        under_way, down = asyncio.Event(), asyncio.Event()

        async with stomp_transport(window=16) as transport:

            async def until_delivered(body):
                message = stomp_message(broker.address, destination=queue, body=body, **login(broker))
                while not (outcome := await transport.send(message)).succeeded:
                    if "refused the connection" in outcome.error:
                        down.set()
                delivered.add(body)
                if len(delivered) == 100:
                    under_way.set()

            await until_delivered(bodies[0])
            await asyncio.to_thread(broker.program.wait_until_kept, queue)
            async with asyncio.TaskGroup() as group:
                for body in bodies[1:900]:
                    group.create_task(until_delivered(body))
                await under_way.wait()
                await asyncio.to_thread(broker.program.kill)
                for body in bodies[900:]:
                    group.create_task(until_delivered(body))
                await down.wait()
                await asyncio.to_thread(broker.program.start)
        assert delivered == set(bodies)
        missing = set(bodies)
        async with connect() as stream:
            await stream.settled("SUBSCRIBE", {"id": "s", "destination": queue, "ack": "auto"})
            with suppress(TimeoutError):
                while missing:
                    missing.discard((await stream.receive()).body)
        assert not missing, f"{len(missing)} of them had a receipt and are gone"

    asyncio.run(test())
