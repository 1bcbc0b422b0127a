"""From a filter's tree to one function that tells of a row whether it is let through."""

from collections.abc import Callable
from typing import Protocol

from tui.model.filter.globs import matcher
from tui.model.filter.status import WORDS
from tui.model.filter.tree import (
    Amount,
    Every,
    Glob,
    JobBegins,
    Like,
    Node,
    Not,
    Over,
    Some,
    Stands,
    Text,
    Untouched,
    Within,
)
from tui.model.row import Row

_REMEMBERED = 2_000


class Context(Protocol):
    """What a row does not know itself."""

    def transport(self, integration_key: str) -> str:
        """`webhook`, `sqs` (or the provider's `aws_sqs`) or `stomp`; empty where it is not known."""
        ...

    def in_body(self, text: str, number: int) -> bool:
        """Whether a body of this delivery holds the text, as far as the engine has said."""
        ...


Predicate = Callable[[Row, Context], bool]


def predicate(node: Node) -> Predicate:
    """Compiled once, asked for every row."""
    match node:
        case Like():
            return _like(node)
        case Within():
            return _within(node)
        case Stands():
            return WORDS[node.word]
        case Over():
            words = ("sqs", "aws_sqs") if node.transport == "sqs" else (node.transport,)
            return lambda row, context: context.transport(row.integration) in words
        case Untouched():
            return lambda row, _: not row.faults
        case JobBegins():
            prefix = node.prefix
            return lambda row, _: row.job_id.lower().startswith(prefix)
        case Text():
            return _text(node.text)
        case Not():
            inner = predicate(node.term)
            return lambda row, context: not inner(row, context)
        case Every():
            return _every([predicate(term) for term in node.terms])
        case Some():
            return _some([predicate(term) for term in node.terms])


def _like(node: Like) -> Predicate:
    fits = _one_of([matcher(glob) for glob in node.globs])
    match node.what:
        case Glob.EVENT:
            known = _remembering(fits)
            return lambda row, _: known(row.event_key)
        case Glob.TYPE:
            of_type = _remembering(lambda key: fits(key.rpartition(".")[0]))
            return lambda row, _: of_type(row.event_key)
        case Glob.INTEGRATION:
            named = _remembering(fits)
            return lambda row, _: named(row.integration)
        case Glob.RESOURCE:
            return lambda row, _: fits(row.resource)
        case Glob.FAULT:
            return _noted(_remembering(fits))


def _noted(fits: Callable[[str], bool]) -> Predicate:
    def some(row: Row, _: Context) -> bool:
        for rule, fault, _detail in row.faults:  # noqa: SIM110 - a generator takes twice the time, for every row
            if fits(fault) or fits(rule):
                return True
        return False

    return some


def _remembering(fits: Callable[[str], bool]) -> Callable[[str], bool]:
    """The same for names of which there are few: each is judged once."""
    known: dict[str, bool] = {}

    def judged(name: str) -> bool:
        verdict = known.get(name)
        if verdict is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            verdict = known[name] = fits(name)
        return verdict

    return judged


def _one_of(tests: list[Callable[[str], bool]]) -> Callable[[str], bool]:
    return tests[0] if len(tests) == 1 else lambda name: any(test(name) for test in tests)


def _within(node: Within) -> Predicate:
    least = -1 if node.least is None else node.least
    below = float("inf") if node.below is None else node.below
    match node.what:
        case Amount.ATTEMPT:
            return lambda row, _: least <= row.attempt < below
        case Amount.NUMBER:
            return lambda row, _: least <= row.number < below
        case Amount.SENT:
            return lambda row, _: least <= len(row.arrivals) < below
        case Amount.STATUS:
            return lambda row, _: row.status is not None and least <= row.status < below
        case Amount.LATE:
            return lambda row, _: row.lateness is not None and least <= row.lateness < below
        case Amount.LATENCY:
            return lambda row, _: row.latency is not None and least <= round(row.latency * 1_000_000) < below


def _text(text: str) -> Predicate:
    wanted = text.lower()

    def holds(row: Row, context: Context) -> bool:
        return (
            wanted in row.event_key.lower()
            or wanted in row.resource.lower()
            or wanted in row.integration.lower()
            or wanted in row.job_id.lower()
            or (row.error is not None and wanted in row.error.lower())
            or context.in_body(text, row.number)
        )

    return holds


def _every(tests: list[Predicate]) -> Predicate:
    match tests:
        case []:
            return lambda row, context: True
        case [first]:
            return first
        case [first, second]:
            return lambda row, context: first(row, context) and second(row, context)
        case _:
            return lambda row, context: all(test(row, context) for test in tests)


def _some(tests: list[Predicate]) -> Predicate:
    match tests:
        case [first, second]:
            return lambda row, context: first(row, context) or second(row, context)
        case _:
            return lambda row, context: any(test(row, context) for test in tests)
