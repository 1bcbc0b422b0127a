"""Telling: what the server says of one subject, asked for when a tab needs it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.client import Client, named
from tui.model.json_diff import JsonDiff, json_diff
from tui.widgets.detail.tab import Subject, Tab

_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two payloads differ in. `text` says what they are, or why there is nothing to compare."""

    text: str
    diff: JsonDiff | None = None
    marked: tuple[int, ...] = ()
    width: int = 0


@dataclass(slots=True, kw_only=True)
class Telling:
    """`delivery` is what the server says of the delivery, `event` of the event, where it is about that alone. At a
    `moment` of a saved journal, which is a record, it is what was known then."""

    subject: Subject
    moment: int | None = None
    delivery: Mapping[str, Any] | None = None
    event: Mapping[str, Any] | None = None
    why: Mapping[str, Any] | None = None
    comparison: Comparison | None = None

    @property
    def payload(self) -> Any:
        """The event's; None where it is not there any more."""
        return (self.delivery or self.event or {}).get("payload")


async def tell(client: Client, subject: Subject, moment: int | None = None) -> Telling:
    """The first look. Raises what the client raises."""
    if subject.number:
        delivery = (await client.get(f"deliveries/{subject.number}", until=moment))["data"]
        return Telling(subject=subject, moment=moment, delivery=delivery)
    return Telling(
        subject=subject, moment=moment, event=(await client.get(f"events/{_in_path(subject.event)}"))["data"]
    )


async def complete(telling: Telling, tab: Tab, client: Client, marked: Sequence[int], width: int) -> None:
    """What this tab needs besides. Raises what the client raises."""
    if tab is Tab.WHY:
        telling.why = await client.get(f"events/{_in_path(telling.subject.event)}/why", until=telling.moment)
    elif tab is Tab.DIFF:
        wanted = tuple(marked) if len(marked) == 2 else ()
        known = telling.comparison
        if known is None or known.marked != wanted or known.width != width:
            telling.comparison = await (
                _of_marked(client, wanted, width) if wanted else _with_previous(client, telling, width)
            )


async def _of_marked(client: Client, marked: tuple[int, ...], width: int) -> Comparison:
    before, after = [(await client.get(f"deliveries/{number}"))["data"] for number in sorted(marked)]
    numbers = f"#{before['number']} and #{after['number']}"
    if before["event"] != after["event"]:
        text = f"The payloads of {numbers}, which are marked"
        pair = before["payload"], after["payload"]
    else:
        text = f"The bodies of {numbers}, which are marked and of the same event"
        pair = (before["request"] or {}).get("body"), (after["request"] or {}).get("body")
    return await _compared(*pair, text, marked, width)


async def _with_previous(client: Client, telling: Telling, width: int) -> Comparison:
    document = telling.delivery or telling.event or {}
    identity, resource = str(document["event" if telling.delivery else "identity"]), str(document["resource"])
    previous = await _previous(client, identity, resource)
    if previous is None:
        return Comparison(text=f"This is the first event of {resource}, so there is nothing to compare it with")
    earlier = (await client.get(f"events/{_in_path(previous)}"))["data"]
    return await _compared(earlier["payload"], telling.payload, f"Since {previous}", (), width)


async def _previous(client: Client, identity: str, resource: str) -> str | None:
    """The event of this resource before that one."""
    offset, here = 0, False
    while True:
        page = (await client.get("events", resource=resource, **{"page[limit]": _PAGE, "page[offset]": offset}))["data"]
        for event in page:
            if here:
                return str(event["identity"])
            here = event["identity"] == identity
        if len(page) < _PAGE:
            return None
        offset += _PAGE


async def _compared(before: Any, after: Any, text: str, marked: tuple[int, ...], width: int) -> Comparison:
    """In a thread: what is large takes its time, and keys must not wait for it."""
    diff = await asyncio.to_thread(json_diff, before, after, width)
    return Comparison(text=text, diff=diff, marked=marked, width=width)


def _in_path(identity: str) -> str:
    """An event's identity as the end of a path, where its slashes stay."""
    return "/".join(named(part) for part in identity.split("/"))
