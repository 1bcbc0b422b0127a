"""Frequency: how often something fails that does not always fail."""

import math
from dataclasses import dataclass

_SURE = 0.02
"""How likely it may be that what fails so often is taken for something that does not."""
_MOST = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """How often something failed, of how many times."""

    failed: int
    runs: int

    @property
    def flaky(self) -> bool:
        return 0 < self.failed < self.runs

    @property
    def patience(self) -> int:
        """How often to ask before it is believed that it does not fail."""
        if not self.flaky:
            return 1
        return min(_MOST, math.ceil(math.log(_SURE) / math.log(1 - self.failed / self.runs)))

    def __str__(self) -> str:
        return f"{self.failed} of {self.runs} times" if self.runs != 1 else f"{self.failed} of 1 time"
