"""Message: one thing that is delivered, with its schema, its examples and how we know."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from emulator.core.fixture import Fixtures
from emulator.harness.contracts.guarantees import DELIVERY, SCOPE, SQS, STOMP, WEBHOOK
from emulator.harness.contracts.provenance import envelope_provenance, key_provenance, payload_provenance
from emulator.harness.contracts.samples import INTEGRATIONS, Sample, Samples
from emulator.loading.schemas import Envelope, message_schema

HOW = {Envelope.WEBHOOK: WEBHOOK, Envelope.SQS: SQS, Envelope.STOMP: STOMP}
"""How each transport delivers, by what is around its messages."""
BY = {Envelope.WEBHOOK: "webhook", Envelope.SQS: "SQS", Envelope.STOMP: "STOMP"}
"""What people call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractMessage:
    """What an event of this key looks like over one transport."""

    key: str
    envelope: Envelope
    samples: tuple[Sample, ...]

    @property
    def title(self) -> str:
        return f"{self.key} by {BY[self.envelope]}"

    @property
    def grounds(self) -> dict[str, str]:
        """How we know of its key, of its payload and of what is around it."""
        payload = payload_provenance(self.key)
        return {
            "key": key_provenance(self.key),
            "payload": f"{payload.ground}: {payload.where}",
            "envelope": envelope_provenance(self.envelope is Envelope.WEBHOOK),
        }

    def schema(self) -> dict[str, Any]:
        """The whole message as one JSON Schema (2020-12) that needs no other file."""
        schema = message_schema(self.key, self.envelope)
        return {
            "$schema": schema.pop("$schema"),
            **schema,
            "title": self.title,
            "description": "\n".join((HOW[self.envelope], DELIVERY, SCOPE)),
            "examples": [dict(sample.body) for sample in self.samples],
            "x-sources": self.grounds,
        }


def contract_messages(fixtures: Fixtures, keys: Iterable[str]) -> Iterator[ContractMessage]:
    """Every message of these keys over every transport, in this order. Raises UnknownWord for what is no key."""
    wanted = list(dict.fromkeys(keys))
    samples = Samples(fixtures, wanted)
    for envelope in INTEGRATIONS:
        for key in wanted:
            yield ContractMessage(key=key, envelope=envelope, samples=tuple(samples.of(key, envelope)))
