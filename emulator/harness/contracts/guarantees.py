"""Guarantees: what whoever receives events may count on, and what not, told in sentences."""

DELIVERY = """\
What a receiver may count on, and what not:

- **At least once.** The same message may come again: count on `id`, which is the job's and the same on every \
attempt, and not on `attempt`.
- **Out of order.** Events are sent concurrently. A later one may arrive first, or at the same moment.
- **Late.** An event may arrive up to 30 minutes after it happened; by then the shop's API may say something newer.
- **More fields, and new events**, may come at any time without notice (the provider's compatibility promise). \
Ignore what you do not know; these schemas do.
"""

WEBHOOK = """\
One POST for each attempt. Any answer outside 2xx, a redirect included, or none within 30 seconds (the provider's \
newer documentation says 10) is a failed attempt, which is made again later with the same `id` and the next \
`attempt`; when all attempts are used up the event is lost to this receiver. `X-MOLTIN-SECRET-KEY` holds the \
integration's secret itself, which is no signature; compare it before anything else. `resources` is the payload once \
more, as a JSON text; for a deletion it is an object, as `payload` is. How many attempts there are, and the waits \
between them, are our assumption.
"""

SQS = """\
One message for each delivery, whose body is a CloudEvent 1.0 in structured JSON, the same on every attempt. SQS \
takes 256 KiB: where a message would be larger, `included` is replaced by `{"meta": {"includes_elided": true}}`, and \
what was left out can be read from the shop's API. A standard queue may hand out a message twice of its own.
"""

STOMP = """\
One SEND for each delivery, whose body is a CloudEvent 1.0 in structured JSON, the same on every attempt. It counts \
as delivered when the broker's RECEIPT has come; a connection lost before that makes a second message with the same \
`id`.
"""

SCOPE = "An event of a store says which store and which organization; one of an organization says no store."
