"""LazyAttributes: a moto queue's attributes, each worked out when it is asked for."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class LazyAttributes(Mapping[str, Any]):
    """Reads as the dictionary that moto makes of a queue, which counts all of its messages three times over."""

    def __init__(self, queue: Any, spelling: Callable[[str], str]) -> None:
        self._queue = queue
        self._spelling = spelling

    def __getitem__(self, name: str) -> Any:
        if name not in self._names():
            raise KeyError(name)
        value = getattr(self._queue, self._spelling(name))
        if name == "RedrivePolicy" and value:
            value = json.dumps(value)
        return str(value).lower() if isinstance(value, bool) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        names = list(self._queue.BASE_ATTRIBUTES)
        if self._queue.fifo_queue:
            names += self._queue.FIFO_ATTRIBUTES
        if self._queue.kms_master_key_id:
            names += self._queue.KMS_ATTRIBUTES
        return names
