"""Naming: what SQS accepts as a queue's name and attributes, and which queue a name means."""

import re
from collections.abc import Iterable, Mapping

from emulator.domain.errors import InvalidInput, UnknownWord, nearest
from emulator.domain.queue import QueueView

FIFO_SUFFIX = ".fifo"
ACCOUNT = "123456789012"
"""The account that moto's queues belong to, and so the first part of their URLs' path."""

SETTABLE = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
"""The attributes that can be given to a queue (AWS API reference of SQS, CreateQueue)."""

_LONGEST = 80
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.fifo)?")


def check_queue_name(name: str) -> None:
    """Raises InvalidInput for what SQS refuses: 1 to 80 letters, digits, `-` and `_`, an ending `.fifo` included."""
    if len(name) > _LONGEST:
        raise InvalidInput(f"the queue name '{name}' has {len(name)} characters, and SQS allows {_LONGEST}")
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"'{name}' is no queue name: SQS allows letters, digits, '-' and '_', and '.fifo' at the end of FIFO ones"
        )


def queue_attributes(name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes to create a queue of this name with. Raises InvalidInput for those that SQS does not know."""
    for given in attributes:
        if given not in SETTABLE:
            raise InvalidInput(f"SQS queues have no attribute '{given}'{nearest(given, SETTABLE)}")
    fifo = name.endswith(FIFO_SUFFIX)
    if "FifoQueue" in attributes and (attributes["FifoQueue"].lower() == "true") != fifo:
        raise InvalidInput(f"FIFO queues have names that end in '{FIFO_SUFFIX}', others do not; this one is '{name}'")
    plain = {key: value for key, value in attributes.items() if key != "FifoQueue"}
    return {**plain, "FifoQueue": "true"} if fifo else plain


def find_queue(views: Iterable[QueueView], name: str, region: str | None) -> QueueView:
    """The one queue that is meant. Raises UnknownWord when there is none, InvalidInput when there are more."""
    there = list(views)
    found = [view for view in there if view.name == name and region in (None, view.region)]
    if not found:
        within = [view.name for view in there if region in (None, view.region)]
        raise UnknownWord("queue" if region is None else f"queue of {region}", name, within)
    if len(found) > 1:
        regions = " and ".join(sorted(view.region for view in found))
        raise InvalidInput(f"there is a queue '{name}' in {regions}; say which region is meant")
    return found[0]
