"""Text: a report card for a terminal of eighty columns, in signs; colours are for whoever prints it to add."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap

from emulator.core.card.aspect import ASPECTS, Aspect, aspect
from emulator.core.card.card import PER_EVENT, Card, Examined, Line, grouped, overall, tally
from emulator.core.card.standing import Standing

WIDTH = 80
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TITLE = 26
_INDENT = "    "

Paint = Callable[[Standing, str], str]
"""What makes a text look like what it says."""


def unpainted(_standing: Standing, text: str) -> str:
    return text


def card_text(card: Card, paint: Paint = unpainted) -> str:
    """The whole card. Commands stand on a line of their own, however long they are."""
    lines: list[str] = []
    for examined in card.integrations:
        lines += [*_integration(card, examined, paint), ""]
    for remark in card.remarks:
        lines += wrap(remark, WIDTH)
    return "\n".join(lines).rstrip("\n") + "\n"


def _integration(card: Card, examined: Examined, paint: Paint) -> Iterator[str]:
    events = card.events(examined.name)
    types = f"{len(events)} event type{'' if len(events) == 1 else 's'}"
    yield f"Report card of {examined.name}, {_KINDS.get(examined.transport, examined.transport)}: {types}"
    yield ""
    letters = dict(zip((one.name for one in PER_EVENT), _LETTERS, strict=False))
    for one in ASPECTS:
        own = card.of(examined.name, one)
        standing = overall(own)
        head = f"{letters.get(one.name, ' ')} {paint(standing, standing.sign)} {one.title:{_TITLE}}"
        yield f"{head}{_told(one, own, standing)}".rstrip()
    yield ""
    wide = max(map(len, events), default=0)
    yield f"{'':{wide}}  {' '.join(letters.values())}".rstrip()
    for event in events:
        signs = (paint(cell.standing, cell.standing.sign) if cell else " " for cell in card.cells(examined.name, event))
        yield f"{event:{wide}}  {' '.join(signs)}"
    yield ""
    yield "  ".join(f"{paint(one, one.sign)} {one}" for one in Standing)
    for standing in (Standing.FAILS, Standing.UNKNOWN):
        for group in grouped(card, examined.name, standing):
            yield ""
            yield from _group(card, group, paint)


def _told(one: Aspect, lines: Sequence[Line], standing: Standing) -> str:
    """Of how many event types it is so, and how legal that is; why not, where it does not apply."""
    if standing is Standing.NOT_APPLICABLE:
        return lines[0].sentence if lines else ""
    counted = "" if one.of_receiver else tally(lines)
    return f"{counted:10}{'' if one.legality is None else one.legality}"


def _group(card: Card, group: Sequence[Line], paint: Paint) -> Iterator[str]:
    """What was not as it should be, once for all event types of which the same is to be said."""
    first = group[0]
    about = aspect(first.aspect)
    said = f"{about.title}: {', '.join(line.event for line in group if line.event) or 'the receiver'}"
    head, *rest = wrap(said, WIDTH - 2, break_on_hyphens=False)
    yield f"{paint(first.standing, first.standing.sign)} {head}"
    yield from (f"  {line}" for line in rest)
    yield from _indented(f"{about.sentence}: {first.sentence}")
    for line in first.seen:
        yield from _indented(line)
    command = card.reproduce(first)
    if command:
        yield f"{_INDENT}Reproduce with: {command}"


def _indented(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)


_KINDS = {"webhook": "a webhook", "aws_sqs": "a queue of SQS", "stomp": "a destination of STOMP"}
