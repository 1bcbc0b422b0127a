"""Python probe: what a function answers."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

from emulator.core.probe_target import PythonTarget
from emulator.domain.probe import ProbeFailure, ProbeValue


class PythonProbe:
    """`function` is used where the target's is not to be looked up; modules of the working directory are found too."""

    def __init__(self, target: PythonTarget, function: Callable[..., Any] | None = None) -> None:
        self._target = target
        self._function = function
        self.name = target.function

    def read(self) -> ProbeValue | ProbeFailure:
        with _working_directory():
            if self._function is None:
                try:
                    self._function = _found(self._target.function)
                except Exception as error:  # the user's module may raise anything while it is imported
                    return ProbeFailure(
                        sentence=f"{self.name} cannot be had: {type(error).__name__}: {error}", unreachable=True
                    )
            try:
                # It may hand out what it goes on changing.
                return ProbeValue(value=deepcopy(self._function(**self._target.arguments)))
            except Exception as error:  # and so may the function
                return ProbeFailure(sentence=f"{self.name} raised {type(error).__name__}: {error}")


def _found(name: str) -> Callable[..., Any]:
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for word in path.split("."):
        found = getattr(found, word)
    if not callable(found):
        raise TypeError(f"{path} is no function")
    function: Callable[..., Any] = found
    return function


@contextmanager
def _working_directory() -> Iterator[None]:
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        if here in sys.path:
            sys.path.remove(here)
