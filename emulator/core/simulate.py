"""Simulate: a whole run without a network. What the engine would do is worked out in virtual time."""

from collections.abc import Callable, Sequence

from emulator.core.dispatcher import Dispatcher
from emulator.core.faults.connection import is_cut
from emulator.domain.delivery import Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record

CUT = Outcome(succeeded=False, error="the request did not arrive (injected)")
_TAKEN = Outcome(succeeded=True, status=200)
Answer = Callable[[Send], Outcome]


def accepts(send: Send) -> Outcome:
    """A receiver that takes everything that arrives."""
    if send.treatments and is_cut(send.treatments):
        return CUT
    return _TAKEN


def simulate(
    dispatcher: Dispatcher,
    events: Sequence[Event],
    integrations: Sequence[Integration],
    *,
    answer: Answer = accepts,
) -> list[Record]:
    """Feeds the events in their order, then lets time run until nothing is pending. Sends end the moment they begin."""
    observers = {integration.key: integration for integration in integrations}
    records: list[Record] = []

    def run_until(limit: int | None) -> None:
        while (due := dispatcher.next_due) is not None and (limit is None or due < limit):
            sends, sent = dispatcher.take_due(due, 1)
            records.extend(sent)
            for send in sends:
                integration = observers[send.delivery.integration]
                met, outcome = dispatcher.meet(send, integration, due)
                records.extend(dispatcher.resolve(met, outcome or answer(send), integration, started_at=due, now=due))

    wanting: dict[str, list[Integration]] = {}
    last = 0
    for event in events:
        run_until(event.at)
        if event.key not in wanting:
            wanting[event.key] = [one for one in integrations if one.enabled and one.wants(event.key)]
        drafted = dispatcher.draft(event, wanting[event.key], event.at)
        records.extend(drafted.records)
        records.extend(dispatcher.admit(drafted))
        last = event.at
    records.extend(dispatcher.end_holds(last))
    run_until(None)
    return records
