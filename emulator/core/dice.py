"""Dice: every decision draws from a stream of its own, named by what is decided and never by when or in which order."""

from hashlib import blake2b
from math import ceil, cos, log, pi, sqrt
from struct import Struct

SEPARATOR = "\x1f"
_SPAN = 1 << 64
_UNIT = 1.0 / (1 << 53)
_WORD = Struct("<Q").unpack_from
_WORD_SIZE = 8  # bytes
_BLOCK = 64


class Stream:
    """The draws of one decision. The same name gives the same draws, whatever else was drawn before."""

    __slots__ = ("_block", "_index", "_key", "_name", "_pool")

    def __init__(self, key: bytes, name: bytes, pool: bytes, index: int = 0) -> None:
        """`pool` is its first block, of which so many bytes are drawn."""
        self._key = key
        self._name = name
        self._block = 1
        self._index = index
        self._pool = pool

    def word(self) -> int:
        """The next 64 random bits."""
        index = self._index
        if index == _BLOCK:
            salt = self._block.to_bytes(16, "little")
            self._pool = blake2b(self._name, key=self._key, salt=salt).digest()
            self._block += 1
            index = 0
        self._index = index + _WORD_SIZE
        word: int = _WORD(self._pool, index)[0]
        return word

    def uniform(self) -> float:
        """A float in [0, 1), with 53 random bits."""
        return (self.word() >> 11) * _UNIT

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


class Decisions:
    """The streams whose names begin alike, and whose first draws are chances alike: what is the same of them is worked
    out once."""

    __slots__ = ("_beginning", "_begun", "_bound", "_key")

    def __init__(self, key: bytes, beginning: bytes, probability: float) -> None:
        self._key = key
        self._beginning = beginning
        self._begun = blake2b(beginning, key=key)
        self._bound = ceil(probability * (1 << 53)) << 11  # of the first word; the same as `chance` says, and exact

    def hit(self, rest: bytes) -> Stream | None:
        """The one with the rest of its name, as `spelt`, with its first draw taken; None where that chance fails."""
        hashing = self._begun.copy()
        hashing.update(rest)
        block = hashing.digest()
        if _WORD(block)[0] < self._bound:
            return Stream(self._key, self._beginning + rest, block, _WORD_SIZE)
        return None


class Dice:
    """All streams of one seed."""

    __slots__ = ("_key",)

    def __init__(self, seed: int) -> None:
        self._key = blake2b(str(seed).encode(), digest_size=32, person=b"epcc-dice").digest()

    def stream(self, kind: str, *names: str | int) -> Stream:
        """The stream for one decision of this kind (`rule`, `retry`), about what `names` identify."""
        name = spelt(kind, *names)
        return Stream(self._key, name, blake2b(name, key=self._key).digest())

    def decisions(self, kind: str, *names: str | int, probability: float) -> Decisions:
        """All decisions of this kind about what these names, and more, identify; each hits with this probability."""
        return Decisions(self._key, spelt(kind, *names, ""), probability)


def spelt(*names: str | int) -> bytes:
    """Names in a row, as streams are named by."""
    return SEPARATOR.join(map(str, names)).encode()
