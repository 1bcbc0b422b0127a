"""Why: what stands between an event and one integration, or how it got there, in a sentence that says what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from emulator.core.faults.drop import Drop
from emulator.core.projection import DeliveryView
from emulator.domain.delivery import Attempt, DeliveryState, FaultNote, Hold, HoldKind, Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration, Scope
from emulator.domain.moment import to_micros
from emulator.domain.outcome import BLOCKED

_NEAREST = 3


class Verdict(StrEnum):
    """Where an event stands with one integration. From ABSENT on there is no delivery."""

    DELIVERED = "delivered"
    SENDING = "sending"
    PLANNED = "planned"
    WAITING = "waiting"
    HELD = "held"
    PAUSED = "paused"
    REMOTE_BLOCKED = "remote_blocked"
    EXHAUSTED = "exhausted"
    DROPPED = "dropped"
    CANCELLED = "cancelled"
    ABSENT = "absent"
    DISABLED = "disabled"
    NOT_OBSERVED = "not_observed"
    LIMITED = "limited"
    PASSED_OVER = "passed_over"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """`text` is a sentence about `integration`, a key. `delivery` is its number; `due` (microseconds) is until when it
    waits, None where nothing comes by itself."""

    integration: str
    verdict: Verdict
    text: str
    delivery: int | None = None
    due: int | None = None


def of_delivery(
    view: DeliveryView, *, settled: str | None = None, paused: bool = False, virtual: bool = False
) -> Reason:
    """Where a delivery stands. `settled` is why it ended without an attempt; `paused` whether its integration is;
    `virtual` whether time moves only when told to."""
    due = min((send.due for send in view.pending if send.hold is None), default=None)
    verdict, text = _standing(view, due, settled)
    if verdict is Verdict.HELD:
        due = min((send.hold.until for send in view.pending if send.hold and send.hold.until), default=None)
    elif verdict in (Verdict.PLANNED, Verdict.WAITING, Verdict.REMOTE_BLOCKED) and due is not None:
        if paused:
            resume = "`epcc-emulator resume`"
            verdict, text = Verdict.PAUSED, f"{text}, but sending is paused; {resume} lets it go"
        elif virtual:
            text += "; virtual time stands still until `epcc-emulator clock advance` or `epcc-emulator wait settled`"
    return Reason(integration=view.key.integration, verdict=verdict, text=text, delivery=view.number, due=due)


def of_none(event: Event, now: Integration, then: Integration | None) -> Reason:
    """Why there is no delivery: by the integration as it is `now`, and as it was when the event happened, where that is
    known."""
    verdict, text = _missing(event, now, then)
    return Reason(integration=now.key, verdict=verdict, text=text)


def _standing(view: DeliveryView, due: int | None, settled: str | None) -> tuple[Verdict, str]:
    last = next((attempt for attempt in reversed(view.attempts) if attempt.copy == 0), None)
    retry = f"`epcc-emulator retry {view.number}`"
    match view.state:
        case DeliveryState.SUCCEEDED:
            return Verdict.DELIVERED, _delivered(last)
        case DeliveryState.SENDING:
            return Verdict.SENDING, f"attempt {view.attempt} is being sent; the answer is not there yet"
        case DeliveryState.DROPPED:
            rule = next((note.rule for note in view.faults if note.fault == Drop.kind), "")
            return Verdict.DROPPED, f"dropped by rule {rule}, so it is never sent; {retry} sends it all the same"
        case DeliveryState.CANCELLED:
            because = settled or "its integration was disabled or deleted"
            return Verdict.CANCELLED, f"cancelled: {because}; once it is enabled, {retry} sends it"
        case DeliveryState.EXHAUSTED:
            failed = f"all {_count(view.attempt, 'attempt')} failed" if view.attempt > 1 else "its only attempt failed"
            return _failed(last, Verdict.EXHAUSTED), f"{failed}, the last one: {_error(last)}; {retry} tries once more"
        case DeliveryState.HELD:
            return Verdict.HELD, _held(view)
        case DeliveryState.WAITING:
            verdict = _failed(last, Verdict.WAITING)
            return (
                verdict,
                f"attempt {view.attempt - 1 or 1} failed: {_error(last)}; attempt {view.attempt} {_when(due)}",
            )
        case DeliveryState.PLANNED:
            late = _notes([*view.faults, *(note for send in view.pending for note in send.faults)])
            return Verdict.PLANNED, f"attempt {view.attempt} {_when(due)}{late}"


def _delivered(last: Attempt | None) -> str:
    if last is None or not last.outcome.succeeded:
        return "delivered"
    answered = "" if last.outcome.status is None else f"; the receiver answered {last.outcome.status}"
    return f"delivered with attempt {last.attempt} at {to_micros(last.ended_at)}{answered}"


def _when(due: int | None) -> str:
    return "waits for an earlier one of its queue" if due is None else f"leaves at {to_micros(due)}"


def _failed(last: Attempt | None, otherwise: Verdict) -> Verdict:
    blocked = last is not None and (last.outcome.error or "").startswith(BLOCKED)
    return Verdict.REMOTE_BLOCKED if blocked else otherwise


def _error(last: Attempt | None) -> str:
    if last is None:
        return "it is not known why"
    return last.outcome.error or f"the receiver answered {last.outcome.status}"


def _notes(notes: Sequence[FaultNote]) -> str:
    told = dict.fromkeys(f"{note.detail} by rule {note.rule}" for note in notes)
    return f" ({', '.join(told)})" if told else ""


def _held(view: DeliveryView) -> str:
    waiting = next((send for send in view.pending if send.hold is not None), None)
    if waiting is None or waiting.hold is None:
        return "held"
    return _hold(waiting.hold, waiting, view.number)


def _hold(hold: Hold, send: Send, number: int) -> str:
    go = f"`epcc-emulator release {number}` lets it go"
    latest = "" if hold.until is None else f", until {to_micros(hold.until)} at the latest"
    match hold.kind:
        case HoldKind.BY_HAND:
            return f"attempt {send.attempt} is held by rule {hold.rule} until somebody releases it; {go}"
        case HoldKind.DISPLACED if hold.count:
            return f"rule {hold.rule} lets {_count(hold.count, 'later event')} pass it first{latest}; {go}"
        case HoldKind.DISPLACED:
            return f"rule {hold.rule} keeps it behind earlier events of {send.resource} that it holds{latest}; {go}"
        case HoldKind.GATHERED:
            return f"rule {hold.rule} gathers {_count(hold.count, 'event')} that leave at the same moment{latest}; {go}"
        case HoldKind.ARRANGED:
            among = _count(hold.count, "event") if hold.count else "the events of some time"
            return f"rule {hold.rule} gathers {among} to send them in another order{latest}; {go}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _missing(event: Event, now: Integration, then: Integration | None) -> tuple[Verdict, str]:
    at = to_micros(event.at)
    resend = f"`epcc-emulator resend {event.identity} --integration {now.key}` sends it there"
    if now.scope not in event.scopes:
        whose = " and the ".join(f"{scope}'s" for scope in sorted(event.scopes))
        only = "the organization's" if now.scope is Scope.ORGANIZATION else "a store's"
        return Verdict.LIMITED, f"hears of {only} events only, and {event.key} is a {whose}"
    if not now.wants(event.key):
        return Verdict.NOT_OBSERVED, f"does not observe {event.key}{_observed(event.key, now)}"
    if now.created_at > event.at:
        made = f"was registered at {to_micros(now.created_at)}, after it happened at {at}"
        return Verdict.ABSENT, f"{made}; {resend}"
    if then is not None and not then.wants(event.key):
        return Verdict.NOT_OBSERVED, f"observes {event.key} now, but did not when it happened at {at}; {resend}"
    if not now.enabled:
        enable = f"`epcc-emulator integrations enable {now.key}`"
        return Verdict.DISABLED, f"is disabled; {enable}, and then {resend}"
    if then is not None and not then.enabled:
        return Verdict.DISABLED, f"is enabled now, but was disabled when it happened at {at}; {resend}"
    if event.recorded is not None or "~" in event.identity:
        return Verdict.PASSED_OVER, f"was passed over: this event was sent by hand, to others; {resend}"
    if then is None and now.updated_at > event.at:
        changed = f"was changed after it happened at {at}, and what it was like then was not written down"
        return Verdict.ABSENT, f"{changed}; {resend}"
    return Verdict.FORGOTTEN, "its delivery is no longer in the history"


def _observed(key: str, integration: Integration) -> str:
    if not integration.observes:
        return " or anything else"
    resource = key.partition(".")[0]
    near = [one for one in integration.observes if one.partition(".")[0] == resource]
    near = near or get_close_matches(key, integration.observes, n=_NEAREST, cutoff=0.6)
    if near:
        return f"; the nearest that it observes: {', '.join(near[:_NEAREST])}"
    shown = ", ".join(integration.observes[:5])
    return f"; it observes {shown}{' and others' if len(integration.observes) > 5 else ''}"
