"""Patched environment: variables of this process that are put back afterwards."""

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Self


class PatchedEnvironment:
    """On leaving, every variable that was put is what it was before, or gone."""

    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._before.clear()

    def put(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            self._before.setdefault(name, os.environ.get(name))
            os.environ[name] = value
