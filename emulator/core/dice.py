"""Dice: every decision draws from a stream of its own, named by what is decided and never by when or in which order."""

from hashlib import blake2b
from math import cos, log, pi, sqrt

_SPAN = 1 << 64


class Stream:
    """The draws of one decision. The same name gives the same draws, whatever else was drawn before."""

    __slots__ = ("_block", "_index", "_key", "_name", "_pool")

    def __init__(self, key: bytes, name: bytes) -> None:
        self._key = key
        self._name = name
        self._block = 0
        self._index = 64
        self._pool = b""

    def word(self) -> int:
        """The next 64 random bits."""
        if self._index == 64:
            salt = self._block.to_bytes(16, "little")
            self._pool = blake2b(self._name, key=self._key, salt=salt).digest()
            self._block += 1
            self._index = 0
        start = self._index
        self._index = start + 8
        return int.from_bytes(self._pool[start : start + 8], "little")

    def uniform(self) -> float:
        """A float in [0, 1), with 53 random bits."""
        return (self.word() >> 11) * (1.0 / (1 << 53))

    def chance(self, probability: float) -> bool:
        """True with this probability; 0 is exactly never and 1 exactly always."""
        return self.uniform() < probability

    def below(self, bound: int) -> int:
        """An integer in [0, bound), without bias."""
        limit = _SPAN - _SPAN % bound
        while (word := self.word()) >= limit:
            pass
        return word % bound

    def gauss(self) -> float:
        """A draw of the standard normal distribution (Box and Muller)."""
        return sqrt(-2.0 * log(1.0 - self.uniform())) * cos(2.0 * pi * self.uniform())

    def exponential(self) -> float:
        """A draw of the exponential distribution with mean 1."""
        return -log(1.0 - self.uniform())


class Dice:
    """All streams of one seed."""

    __slots__ = ("_key",)

    def __init__(self, seed: int) -> None:
        self._key = blake2b(str(seed).encode(), digest_size=32, person=b"epcc-dice").digest()

    def stream(self, kind: str, *names: str | int) -> Stream:
        """The stream for one decision of this kind (`rule`, `retry`), about what `names` identify."""
        return Stream(self._key, "\x1f".join((kind, *map(str, names))).encode())
