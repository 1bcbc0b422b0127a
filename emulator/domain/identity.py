"""Ids that follow from the seed and a name, so that the same seed gives the same bytes."""

from functools import lru_cache
from hashlib import blake2b

_VARIANT = "89ab89ab89ab89ab"


def derived_id(seed: int, kind: str, *parts: str | int) -> str:
    """A UUID of the shape of version 4 that follows from the seed, a kind (`order`, `job`, `store`) and
    the thing's name in parts.

    The same arguments give the same id in every process, and no other thing's existence changes it.
    """
    hashing = _hashing(seed).copy()
    hashing.update("\x1f".join((kind, *map(str, parts))).encode())
    digest = hashing.hexdigest()
    variant = _VARIANT[int(digest[16], 16)]
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:]}"


@lru_cache(4)
def _hashing(seed: int) -> blake2b:
    return blake2b(digest_size=16, key=str(seed).encode()[-64:], person=b"epcc-id")
