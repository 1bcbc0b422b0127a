"""One fault a module; the registry by the word that users write."""

from collections.abc import Mapping

from emulator.core.fault import Fault, MessageFault
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.api import Api
from emulator.core.faults.connection import Connection
from emulator.core.faults.corrupt import Corrupt
from emulator.core.faults.delay import Delay
from emulator.core.faults.drop import Drop
from emulator.core.faults.duplicate import Duplicate
from emulator.core.faults.hold import HoldBack
from emulator.core.faults.outage import Outage
from emulator.core.faults.overlap import Overlap
from emulator.core.faults.payload import Payload
from emulator.core.faults.reorder import Reorder
from emulator.core.faults.secret import Secret

_MESSAGE_FAULTS: tuple[type[MessageFault], ...] = (Connection, Corrupt, Secret, Payload)
_OTHERS: tuple[type[Fault], ...] = (Delay, Reorder, Overlap, Duplicate, Drop, HoldBack, AckLoss, Outage, Api)
FAULTS: Mapping[str, type[Fault]] = {fault.kind: fault for fault in (*_OTHERS, *_MESSAGE_FAULTS)}
"""Those that come with the emulator."""
