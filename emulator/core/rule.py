"""Rule: a fault, whom it hits and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from emulator.core.fault import Fault, Legality, MessageFault
from emulator.core.fault_words import RULE_KEYS, fault_kind, fault_words, short_field
from emulator.core.faults import FAULTS
from emulator.core.faults.api import Api
from emulator.core.faults.drop import Drop
from emulator.core.faults.duplicate import Duplicate, Identity
from emulator.core.faults.outage import Outage
from emulator.core.faults.payload import Payload
from emulator.core.fields import Fields
from emulator.core.guarded import Guarded
from emulator.core.match import Match
from emulator.core.span import ALWAYS, Span
from emulator.domain.errors import InvalidInput, nearest
from emulator.domain.integration import IntegrationType


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`probability` is 0..1 per send; `times` bounds how often it hits in all, `span` when."""

    id: str
    fault: Fault | Guarded
    match: Match = field(default_factory=Match)
    probability: float = 1.0
    times: int | None = None
    span: Span = ALWAYS

    @classmethod
    def parse(cls, value: object, *path: str | int, default_id: str = "") -> "Rule":
        """From a mapping with one fault, as in `{id: late, match: 'order.*', delay: {value: 5s}}`.

        Raises InvalidInput.
        """
        fields = Fields(value, *path)
        assert isinstance(value, Mapping)
        kind = _named(fields, value, *path)
        try:
            found = fault_kind(kind)
        except InvalidInput as error:
            raise error.under(*path, kind) from None
        assert found is not None, "a word that is known stands for something"
        given, short = fields.take(kind), short_field(kind)
        if isinstance(given, str | int | float) and not isinstance(given, bool) and short is not None:
            given = {short: given}
        inner = Fields({} if given is None else given, *path, kind)
        fault = found.parse(inner)
        own = Span.take(inner) if isinstance(fault, Outage) else ALWAYS
        inner.done()
        rule = cls(
            id=fields.text("id", default_id or kind),
            fault=fault,
            match=Match.parse(fields.take("match", {}), *path, "match"),
            probability=fields.number("probability", 1.0, minimum=0.0, maximum=1.0),
            times=fields.integer("times", None, minimum=1),
            span=_one_of(Span.take(fields), own, *path),
        )
        fields.done()
        if not rule.id:
            raise fields.wrong("id", "expected a name, found an empty text")
        if isinstance(fault, Api) and rule.match != Match():
            raise InvalidInput(
                "an api rule is about calls, not events; say which with 'calls', as in api: {calls: 'GET /v2/orders*'}",
                path=(*path, "match"),
            )
        transport = rule.match.transport
        if transport is not None and (refusal := _refusal(fault, transport)) is not None:
            raise InvalidInput(refusal, path=(*path, "match", "transport"))
        if rule.match.nth is not None and rule.span.skipped:
            raise InvalidInput(
                "'nth' and a number of events for 'after' count the same; keep one", path=(*path, "after")
            )
        if isinstance(fault, Api) and rule.span.skipped:
            raise InvalidInput("an api rule waits for no events; give 'after' a duration", path=(*path, "after"))
        if (rule.match.attempt or 1) > 1 and _is_about_jobs(fault):
            raise InvalidInput(
                f"this {kind} makes or unmakes whole deliveries, so it acts on first attempts; leave out 'attempt'",
                path=(*path, "match", "attempt"),
            )
        return rule

    @property
    def awaited(self) -> int:
        """Which of the matching events it waits for; 0 when it is in force from the first on."""
        return self.match.nth or self.span.skipped

    @property
    def legality(self) -> Legality:
        """How legal what it does is; the modes of some faults differ in it."""
        return self.fault.mode_legality if isinstance(self.fault, Payload | Duplicate) else self.fault.legality

    def suits(self, transport: IntegrationType) -> bool:
        """Whether its fault makes sense there; on queues, some do nothing."""
        return self.refusal(transport) is None

    def refusal(self, transport: IntegrationType) -> str | None:
        """Why its fault makes no sense there; None where it does."""
        return _refusal(self.fault, transport)

    def refusal_by_all(self, integrations: Mapping[str, IntegrationType]) -> str | None:
        """Why none of these (types by name) that it is about can get it; None where one can, or it is about none."""
        glob, transport = self.match.integration, self.match.transport
        types = {
            kind
            for name, kind in integrations.items()
            if (glob is None or fnmatchcase(name, glob)) and transport in (None, kind)
        }
        refusals = [self.refusal(kind) for kind in sorted(types)]
        return None if None in refusals else next(iter(refusals), None)

    def acts_on(self, attempt: int) -> bool:
        """Schedule faults act on first attempts only, unless the match names one."""
        return attempt == 1 or self.fault.every_attempt or self.match.attempt is not None

    def describe(self) -> dict[str, Any]:
        """As a user would write it."""
        described: dict[str, Any] = {"id": self.id}
        if match := self.match.describe():
            described["match"] = match
        described["probability"] = self.probability
        if self.times is not None:
            described["times"] = self.times
        described |= self.span.describe()
        described[self.fault.kind] = self.fault.describe()
        return described


def _named(fields: Fields, value: Mapping[str, Any], *path: str | int) -> str:
    """The one fault that the rule holds."""
    named = [kind for kind in FAULTS if kind in fields]
    unknown = [str(key) for key in value if key not in FAULTS and key not in RULE_KEYS]
    if unknown:  # only then is it worth a look at what is installed
        words = fault_words()
        named += [key for key in unknown if key in words]
        if not named:
            raise fields.wrong(unknown[0], f"unknown fault '{unknown[0]}'{nearest(unknown[0], words)}")
    if len(named) != 1:
        found = " and ".join(named) if named else "none"
        raise InvalidInput(f"a rule holds one fault of {', '.join(fault_words())}; found {found}", path=path)
    return named[0]


def _one_of(span: Span, own: Span, *path: str | int) -> Span:
    """The rule's span, or the one that is written with its fault."""
    if own is not ALWAYS and span is not ALWAYS:
        raise InvalidInput("say with the rule or with its outage when it happens, not with both", path=path)
    return span if own is ALWAYS else own


def _refusal(fault: Fault | Guarded, transport: IntegrationType) -> str | None:
    return fault.refusal(transport) if isinstance(fault, (MessageFault, Guarded)) else None


def _is_about_jobs(fault: Fault | Guarded) -> bool:
    return isinstance(fault, Drop) or (isinstance(fault, Duplicate) and fault.identity is Identity.NEW_JOB)
