"""Searching in what was sent and answered."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from emulator.runtime.journal.reading import Connection
from emulator.runtime.journal.search import Needle, search

Scenario = Callable[..., None]
ALL = ["order.created", "customer.created"]


async def _found(api: Any, text: str, **more: Any) -> Any:
    return await api.ok("GET", "/_emulator/search", params={"text": text, **more})


async def _customer(api: Any, name: str) -> int:
    told = await api.ok("POST", "/_emulator/trigger", {"key": "customer.created", "override": {"data.name": name}})
    number: int = told["deliveries"][0]["number"]
    return number


def test_texts_are_found_in_any_case_and_however_they_are_written(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register(observes=ALL)
        said = {name: await _customer(api, name) for name in ("Zoë MÜLLER 🦊", 'a "quoted" name', "שלום", "plain")}
        for text, name in (
            ("müller", "Zoë MÜLLER 🦊"),
            ("ZOË", "Zoë MÜLLER 🦊"),
            ("🦊", "Zoë MÜLLER 🦊"),
            ('A "Quoted"', 'a "quoted" name'),
            ("לום", "שלום"),
            ("PLAIN", "plain"),
        ):
            assert await _found(api, text) == {"data": [said[name]], "next": None}, text
        assert await _found(api, "nowhere to be seen") == {"data": [], "next": None}
        for pattern in ("%", "_lain", "pl*in", "["):
            assert said["plain"] not in (await _found(api, pattern))["data"], "nothing is a pattern"

    with_api(scenario)


def test_answers_of_receivers_are_searched_too(with_api: Scenario, raw_receiver: Any) -> None:
    async def scenario(api: Any) -> None:
        async def say(visit: Any) -> None:
            await visit.request()
            await visit.send(b'HTTP/1.1 500 No\r\nContent-Length: 24\r\n\r\nno stock of "blue socks"')

        async with raw_receiver(say) as receiver:
            await api.register(observes=ALL, configuration={"url": receiver.url})
            number = await _customer(api, "somebody")
            await api.ok("POST", "/_emulator/clock/advance", {"by": "1s"})
        assert await _found(api, 'of "BLUE socks"') == {"data": [number], "next": None}

    with_api(scenario)


def test_pages_go_on_where_the_last_one_ended(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register(observes=ALL)
        numbers = [await _customer(api, "needle" if turn % 3 else "hay") for turn in range(12)]
        wanted = sorted((number for turn, number in enumerate(numbers) if turn % 3), reverse=True)
        seen: list[int] = []
        asked: dict[str, Any] = {"limit": 3}
        while True:
            page = await _found(api, "needle", **asked)
            seen += page["data"]
            if page["next"] is None:
                break
            asked["before"] = page["next"]
        assert seen == wanted
        assert (await _found(api, "needle", after=wanted[2]))["data"] == wanted[:2]
        assert await _found(api, "needle", after=numbers[-1]) == {"data": [], "next": None}

    with_api(scenario)


def test_a_search_answers_in_time_with_what_it_has(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register(observes=ALL)
        await api.ok("POST", "/_emulator/trigger", {"key": "customer.created", "count": 300})
        journal = await _flushed(api)

        def hurried(db: Connection) -> Any:
            return search(db, "customer", before=None, after=0, limit=1000, scanning=0)

        part = await journal._aside.read(hurried)
        assert part.numbers == tuple(range(300, 250, -1)), "one step, and then the time was over"
        assert part.next == 251
        begun = time.monotonic()
        rest = await journal.search("no such text", before=part.next)
        assert (rest.numbers, rest.next) == ((), None)
        assert time.monotonic() - begun < 5

    with_api(scenario)


async def _flushed(api: Any) -> Any:
    await api.emulator.journal.flush()
    return api.emulator.journal


@pytest.mark.parametrize(
    ("asked", "source"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"text": "x", "limit": 0}, "limit"),
        ({"text": "x", "before": 0}, "before"),
        ({"text": "x", "after": -1}, "after"),
        ({"text": "x", "afer": 1}, "afer"),
    ],
)
def test_what_cannot_be_asked_is_refused(with_api: Scenario, asked: dict[str, Any], source: str) -> None:
    async def scenario(api: Any) -> None:
        (error,) = await api.errors(422, "GET", "/_emulator/search", params=asked)
        assert error["source"] == source

    with_api(scenario)


def test_a_needle_lies_in_texts_but_not_in_nothing() -> None:
    assert Needle("Straße").lies_in("STRASSE")
    assert Needle("ü").lies_in('{"a":"\\u00fc"}'), "as JSON of another hand may write it"
    assert not Needle("x").lies_in(None)
    assert not Needle("x").lies_in("")
