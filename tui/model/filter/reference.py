"""The filter language on one page, as data: the help screen and the documentation are made from it."""

HELP: tuple[tuple[str, str], ...] = (
    ("paid", "text in the event, resource, integration, job or error, or in a body"),
    ('"Ada Lovelace"', "text with blanks or signs in it"),
    ("event:order.*", "the event's key; * is anything, ? one character"),
    ("event:order.paid,order.refunded", "one of several: every key takes a list with commas"),
    ("type:order", "the type of the resource"),
    ("resource:order:1", "the resource, by number or alias; order:* is all of them"),
    ("integration:shop", "who receives it, by its key; globs as well"),
    ("transport:sqs", "how it goes: webhook, sqs or stomp"),
    ("status:failed", "every attempt failed, or the newest one did"),
    ("status:ok", "succeeded; pending, settled, retrying, lost, unanswered and every state work too"),
    ("status:held", "a state: planned, held, sending, waiting, succeeded, exhausted, cancelled, dropped"),
    ("status:500", "the newest answer; 5xx is all of them, >=400 a range"),
    ("attempt:>1", "tried again; > >= < <= and = compare"),
    ("sent:>1", "more than one request has been made, copies included"),
    ("late:>5s", "the receiver had it that long after it happened; 200ms, 10m, 1h30m"),
    ("latency:>200ms", "the newest request took that long"),
    ("fault:delay", "what chaos did, or the rule's id; fault:* is any, fault:none is untouched"),
    ("job:5f3a", "how the job's id begins"),
    ("number:12", "one delivery by its number"),
    ("!status:ok", "not; the word not does as well"),
    ("type:order late:>1m", "both: a blank, & and the word and are the same"),
    ("status:held | status:waiting", "either; the word or does as well"),
    ("type:order & (attempt:>1 | fault:*)", "! binds closest, then &, then |; brackets change that"),
)
"""An example, and what it means."""
