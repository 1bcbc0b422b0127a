"""Patch: lets moto's queues be as quick when full as when empty, and keeps whole what several clients do at once.

Stock moto counts all messages of a queue whenever one is sent or received, and a message that is sent while another one
is deleted can be lost. Only a moto whose source is one that this was written against is changed.
"""

import hashlib
import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

from emulator.runtime.sqs.flat_queues import flat_queues
from emulator.runtime.sqs.rehearsal import rehearse

VERIFIED_SERIES = ("5.1", "5.2")
"""The releases of moto that were tried."""

KNOWN_SOURCES = {
    "Queue.attributes": {"7fc903d351bb"},
    "Queue.messages": {"2ceb0e3e2de3"},
    "Queue.add_message": {"9d8cf98d710f", "c63a108c32c0"},
    "Queue.delete_message": {"6288de28a42c"},
    "SQSBackend.receive_message": {"f84fa568fe78", "4a58e551f7bf"},
}
"""What is replaced, with the digests of its source in moto 5.1.16 to 5.2.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """`lock` is to be held by all who touch queues. It is None, with a `reason`, when moto stays as it is."""

    lock: Any = None
    reason: str | None = None


def patch_moto(require_client: Callable[[], None]) -> Patch:
    """Patches moto in this process, unless it is an unknown one or then behaves differently.

    `require_client` is called while a receive waits, and raises when nobody waits for its answer any more.
    """
    installed = version("moto")
    if not installed.startswith(tuple(f"{series}." for series in VERIFIED_SERIES)):
        return Patch(reason=f"moto {installed} is none of the releases that were tried ({', '.join(VERIFIED_SERIES)})")
    models = import_module("moto.sqs.models")
    strange = [name for name, known in KNOWN_SOURCES.items() if source_digest(models, name) not in known]
    if strange:
        return Patch(reason=f"moto {installed} has its own {', '.join(strange)}")
    usual = rehearse(models)
    lock = threading.RLock()
    flat = flat_queues(models, lock, require_client)
    stock = {name: _look_up(models, name) for name in flat}
    _put(models, flat)
    with lock:
        alike = _rehearse_or_none(models) == usual
    if alike:
        return Patch(lock=lock)
    _put(models, stock)
    return Patch(reason=f"moto {installed} did not behave as before with its queues made flat")


def source_digest(models: Any, name: str) -> str:
    """Of `Queue.messages`, say; spaces do not count. Empty when there is no such thing."""
    found = _look_up(models, name)
    if found is None:
        return ""
    text = inspect.getsource(getattr(found, "fget", found))
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:12]


def _look_up(models: Any, name: str) -> Any:
    owner, _, attribute = name.partition(".")
    return vars(getattr(models, owner, object)).get(attribute)


def _put(models: Any, parts: dict[str, Any]) -> None:
    for name, part in parts.items():
        owner, _, attribute = name.partition(".")
        setattr(getattr(models, owner), attribute, part)


def _rehearse_or_none(models: Any) -> list[object] | None:
    try:
        return rehearse(models)
    except Exception:
        return None
