"""Schedule check: whether a schedule that somebody may have edited can be kept to."""

from collections.abc import Iterable, Mapping, Sequence

from emulator.core.fault import MessageFault, Parcel
from emulator.core.fault_words import fault_kind, fault_words
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.connection import is_limited
from emulator.core.faults.outage import Outage
from emulator.core.fields import Fields
from emulator.core.guarded import Guarded
from emulator.core.schedule import Dropped, PlannedEvent, PlannedSend, Schedule
from emulator.core.simulate import accepts
from emulator.domain.delivery import DeliveryKey, Send, Treatment
from emulator.domain.errors import InvalidInput, nearest
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import format_duration, to_micros

_ANY_BODY = b'{"id":"1","configuration":{"secret_key":""}}'
_OF_ONE_MESSAGE = ("salt", "delay")
_Place = tuple[str, str, int, int, int]


def check(schedule: Schedule) -> None:
    """Raises InvalidInput with the place of the first thing that does not go together, as keys and indexes."""
    events = schedule.by_identity
    if len(events) < len(schedule.events):
        raise _twice(schedule.events)
    _check_known(schedule.sends, "sends", events, schedule.integrations)
    _check_known(schedule.dropped, "dropped", events, schedule.integrations)
    sends: dict[_Place, PlannedSend] = {}
    together: dict[str, PlannedSend] = {}
    for number, send in enumerate(schedule.sends):
        place = (send.event, send.integration, send.job, send.attempt, send.copy)
        if place in sends:
            raise InvalidInput("this send stands here twice; number its copies, from 1", path=("sends", number))
        sends[place] = send
        early = events[send.event].at - send.at
        if early > 0:
            raise InvalidInput(
                f"it would leave {format_duration(early)} before its event happens", path=("sends", number, "at")
            )
        if send.together is not None and together.setdefault(send.together, send).at != send.at:
            raise InvalidInput(
                f"'{send.together}' names a group that goes at the same moment, and another of it goes at another",
                path=("sends", number, "together"),
            )
    for number, send in enumerate(schedule.sends):
        _check_cause(send, sends, number)
        for which, treatment in enumerate(send.treatments):
            check_treatment(treatment, events[send.event].payload, "sends", number, "treatments", which)
    sent = {(send.event, send.integration) for send in schedule.sends}
    for number, one in enumerate(schedule.dropped):
        if (one.event, one.integration) in sent:
            raise InvalidInput("it is dropped, and sent as well; keep one", path=("dropped", number))


def check_events(planned: Schedule, raised: Schedule) -> None:
    """Raises InvalidInput where the events of a plan are not those that are raised now, at the same times."""
    if planned.start != raised.start:
        raise InvalidInput(
            f"its scenario begins at {to_micros(raised.start)}, which is {raised.start}; put that back, or plan"
            " a scenario whose clock starts otherwise",
            path=("start",),
        )
    now = {event.identity: event.at - raised.start for event in raised.events}
    for number, event in enumerate(planned.events):
        at = now.pop(event.identity, None)
        if at is None:
            raise _changed(f"the shop does not raise '{event.identity}' any more", number)
        if at != event.at - planned.start:
            raise _changed(
                f"'{event.identity}' happens {format_duration(at)} after the beginning; a plan can move sends, not"
                " events",
                number,
            )
    for identity in now:
        raise _changed(f"the shop raises '{identity}' as well", len(planned.events) - 1)


def check_receivers(planned: Schedule, types: Mapping[str, IntegrationType]) -> None:
    """Raises InvalidInput for a treatment that no message to the integration of this name and type can get."""
    for number, send in enumerate(planned.sends):
        if (transport := types.get(send.integration)) is None:
            continue
        for which, treatment in enumerate(send.treatments):
            if (refusal := _refusal(treatment, transport)) is not None:
                raise InvalidInput(refusal, path=("sends", number, "treatments", which, "fault"))


def _refusal(treatment: Treatment, transport: IntegrationType) -> str | None:
    """As of a rule with this fault; what is drawn for one message says nothing about that."""
    kind = fault_kind(treatment.fault)
    assert kind is not None, "treatments are checked when a plan is read"
    said = {key: value for key, value in treatment.how.items() if key not in _OF_ONE_MESSAGE}
    try:
        fault = kind.parse(Fields(said))
    except InvalidInput:
        return None
    return fault.refusal(transport) if isinstance(fault, (MessageFault, Guarded)) else None


def _changed(what: str, number: int) -> InvalidInput:
    return InvalidInput(
        f"{what}; put back what was edited, or plan the scenario anew if the plan is another version's or was made with"
        " other fixtures",
        path=("events", number),
    )


def _twice(events: Sequence[PlannedEvent]) -> InvalidInput:
    seen: set[str] = set()
    for number, event in enumerate(events):
        if event.identity in seen:
            return InvalidInput(f"'{event.identity}' happens twice", path=("events", number, "identity"))
        seen.add(event.identity)
    raise AssertionError("there is one that is there twice")


def _check_known(
    entries: Iterable[PlannedSend | Dropped],
    name: str,
    events: Mapping[str, PlannedEvent],
    integrations: Sequence[str],
) -> None:
    for number, entry in enumerate(entries):
        if entry.event not in events:
            raise InvalidInput(
                f"no event '{entry.event}' happens{nearest(entry.event, events)}", path=(name, number, "event")
            )
        if entry.integration not in integrations:
            raise InvalidInput(
                f"unknown integration '{entry.integration}'{nearest(entry.integration, integrations)}",
                path=(name, number, "integration"),
            )


def _check_cause(send: PlannedSend, sends: Mapping[_Place, PlannedSend], number: int) -> None:
    """A copy has an original; and an attempt that is not the first follows one that fails."""
    place = (send.event, send.integration, send.job)
    if send.copy and (*place, send.attempt, 0) not in sends:
        raise InvalidInput("it is a copy of a send that is not planned; make it copy 0", path=("sends", number, "copy"))
    if send.attempt == 1 or send.copy:
        return
    before = sends.get((*place, send.attempt - 1, 0))
    if before is None:
        raise InvalidInput(
            f"attempt {send.attempt - 1}, which comes before it, is not planned", path=("sends", number, "attempt")
        )
    if not _fails(before):
        raise InvalidInput(
            f"nothing keeps attempt {send.attempt - 1} from succeeding, so there is no attempt {send.attempt}; give the"
            f" one before the fault {AckLoss.kind}, or make this one a copy",
            path=("sends", number, "attempt"),
        )
    if send.at < before.at:
        raise InvalidInput(f"it would leave before attempt {before.attempt} does", path=("sends", number, "at"))


def check_treatment(treatment: Treatment, payload: str, *path: str | int) -> None:
    """By doing it, to a message that nobody gets. Raises InvalidInput for one that cannot be done."""
    kind = fault_kind(treatment.fault)
    if kind is None or not hasattr(kind, "treat"):
        raise InvalidInput(
            f"'{treatment.fault}' is no fault of one message{nearest(treatment.fault, fault_words())}",
            path=(*path, "fault"),
        )
    parcel = Parcel(payload=payload, before=lambda: None, body=_ANY_BODY)
    try:
        kind.treat(parcel, treatment.how)
    except Exception as error:
        raise InvalidInput(f"{treatment.fault} cannot do this: {error!r}", path=(*path, "how")) from error


def _fails(send: PlannedSend) -> bool:
    """Whether the plan itself makes it fail, or may."""
    if any(note.fault in (AckLoss.kind, Outage.kind) for note in send.faults) or is_limited(send.treatments):
        return True
    key = DeliveryKey(send.event, send.integration, send.job)
    return not accepts(Send(delivery=key, resource="", due=send.at, treatments=send.treatments)).succeeded
