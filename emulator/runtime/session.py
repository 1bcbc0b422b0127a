"""Session: what a journal says was sent, as recordings of the messages in the order in which they left."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from emulator.core.fault import Stage
from emulator.core.fault_words import fault_kind
from emulator.core.faults.outage import Outage
from emulator.core.projection import DeliveryView, fold
from emulator.core.record_data import read_faults
from emulator.core.recording import read_recording
from emulator.domain.delivery import Send, Treatment
from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.domain.integration import Integration
from emulator.domain.record import Record, RecordKind
from emulator.domain.recording import Recording
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.journal import Journal
from emulator.runtime.rendering import Rendering
from emulator.runtime.reset import BASE_URL, SEED
from emulator.runtime.settings import DEFAULT_BASE_URL
from emulator.store.shop import Shop

_PAGE = 1_000


def read_session(path: Path, sent_to: str | None = None) -> list[Recording]:
    """What was sent to one integration (its key; not needed where all went to one), from a journal: its file or its
    directory. A message says what it said; what was done to it on its way (to its secret, its bytes, the connection) is
    in its `treatments`.

    Raises EnvironmentFault for what is no journal, InvalidInput and UnknownWord where it is not clear what is meant.
    """
    journal = Journal.read_only(path)
    try:
        sent = _sent(journal)
        integration = _one(journal, sent, sent_to, path)
        reading = _Reading(journal, integration)
        return [reading.recording(record) for record in sent if record.integration == integration.key]
    finally:
        asyncio.run(journal.close())


def _sent(journal: Journal) -> list[Record]:
    """All that left, in that order: not what met with an outage, of which the receiver saw nothing."""
    sent: dict[int, Record] = {}
    last: dict[tuple[int, int, int], int] = {}
    for record in _records(journal):
        place = record.delivery, record.attempt, record.copy
        if record.kind is RecordKind.SENT:
            sent[record.seq] = record
            last[place] = record.seq
        elif record.kind is RecordKind.ATTEMPTED:
            notes = read_faults(record.data.get("faults", ()))
            if any(note.fault == Outage.kind for note in notes):
                sent.pop(last.get(place, 0), None)  # of a torn journal the beginning may be missing
    return list(sent.values())


def _records(journal: Journal) -> Iterator[Record]:
    last = 0
    while page := journal.records(after=last, limit=_PAGE):
        yield from page
        last = page[-1].seq


def _one(journal: Journal, sent: list[Record], key: str | None, path: Path) -> Integration:
    counts = Counter(record.integration for record in sent)
    known = {one.key: one for one in journal.integrations() if one.key in counts}
    if not known:
        raise InvalidInput(f"{path}: nothing was sent to an integration that is still there")
    if key is None and len(known) > 1:
        listed = ", ".join(f"{one} ({counts[one]})" for one in known)
        raise InvalidInput(f"{path}: messages were sent to {listed}; name one with --sent-to")
    if key is not None and key not in known:
        raise UnknownWord("integration", key, known)
    return known[key or next(iter(known))]


class _Reading:
    def __init__(self, journal: Journal, integration: Integration) -> None:
        shop = Shop(
            seed=journal.meta(SEED), fixtures=load_fixtures(), base_url=journal.meta(BASE_URL, DEFAULT_BASE_URL)
        )
        self._journal = journal
        self._integration = integration
        self._render = Rendering(shop, journal.payload_before)
        self._views: dict[int, DeliveryView] = {}

    def recording(self, record: Record) -> Recording:
        view = self._view(record.delivery)
        event = self._journal.event(view.key.event)
        assert event is not None, "an event is pruned with its deliveries"
        treatments = view.treatments.get(record.attempt, ())
        said = tuple(each for each in treatments if _is_said(each))
        send = Send(
            delivery=view.key,
            resource=view.resource,
            due=record.at,
            attempt=record.attempt,
            copy=record.copy,
            treatments=said,
        )
        message = self._render(view.job(event), self._integration, send)
        recording = read_recording(message.body.decode(), record.at)
        return replace(recording, treatments=tuple(each for each in treatments if each not in said))

    def _view(self, delivery: int) -> DeliveryView:
        found = self._views.get(delivery)
        if found is None:
            found = fold(self._journal.records_of(delivery))
            assert found is not None, "what was sent was planned"
            self._views[delivery] = found
        return found


def _is_said(treatment: Treatment) -> bool:
    """Whether it changes what the message says; a fault that is not installed any more is told when it is sent."""
    kind = fault_kind(treatment.fault)
    return kind is not None and getattr(kind, "stage", None) is Stage.SAID
