"""api: our own API misbehaves towards those who call it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from emulator.core.call_match import CallMatch
from emulator.core.distribution import Distribution
from emulator.core.fault import Legality
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.core.rate_limit import RateLimit
from emulator.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Errors, slowness and limits. The provider's clients back off after a 429 and report a 503, so both are met.

    A call that the rule hits is `latency` late and answered with the status `error`; `rate_limit` refuses those that
    are too many.
    """

    kind: ClassVar[str] = "api"
    legality: ClassVar[Legality] = Legality.PLAUSIBLE
    every_attempt: ClassVar[bool] = False
    manual: ClassVar[Manual] = Manual(
        source="API overview, rate limits: 429 for too many calls; errors: 5xx",
        fields={
            "calls": "which: a method (or none) and a glob over the path, as in `GET /v2/orders*`; all",
            "error": "answered with this `{status: 503}`, or the number alone",
            "latency": "a duration or a distribution: so much later",
            "rate_limit": "`{limit, window: 1s, retry_after}`, or `100/s`",
        },
        example={
            "id": "now-and-then",
            "probability": 0.2,
            "api": {"calls": "GET /v2/orders*", "error": {"status": 503}},
        },
    )

    calls: CallMatch = field(default_factory=CallMatch)
    error: int | None = None
    latency: Distribution | None = None
    rate_limit: RateLimit | None = None

    @classmethod
    def parse(cls, fields: Fields) -> "Api":
        calls, latency, rate_limit = (
            fields.text("calls", None),
            fields.take("latency", None),
            fields.take("rate_limit", None),
        )
        path = fields.path
        fault = cls(
            calls=CallMatch() if calls is None else CallMatch.parse(calls, *path, "calls"),
            error=_status(fields),
            latency=None if latency is None else Distribution.parse(latency, *path, "latency"),
            rate_limit=None if rate_limit is None else RateLimit.parse(rate_limit, *path, "rate_limit"),
        )
        fields.done()
        if fault.error is None and fault.latency is None and fault.rate_limit is None:
            raise InvalidInput("give at least one of error, latency and rate_limit", path=path)
        return fault

    def describe(self) -> Mapping[str, Any]:
        described: dict[str, Any] = {"calls": str(self.calls)}
        if self.error is not None:
            described["error"] = {"status": self.error}
        if self.latency is not None:
            described["latency"] = self.latency.describe()
        if self.rate_limit is not None:
            described["rate_limit"] = self.rate_limit.describe()
        return described


def _status(fields: Fields) -> int | None:
    """`{status: 503}`, or the number alone."""
    given = fields.take("error", None)
    if given is None:
        return None
    error = Fields({"status": given} if isinstance(given, int) else given, *fields.path, "error")
    status: int = error.integer("status", minimum=400, maximum=599)
    error.done()
    return status
