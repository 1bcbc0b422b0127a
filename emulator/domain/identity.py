"""Ids that follow from the seed and a name, so that the same seed gives the same bytes."""

from hashlib import blake2b

_VARIANT = "89ab89ab89ab89ab"


def derived_id(seed: int, kind: str, *parts: str | int) -> str:
    """A UUID of the shape of version 4 that follows from the seed, a kind (`order`, `job`, `store`) and
    the thing's name in parts.

    The same arguments give the same id in every process, and no other thing's existence changes it.
    """
    name = "\x1f".join((kind, *map(str, parts)))
    digest = blake2b(name.encode(), digest_size=16, key=str(seed).encode()[-64:], person=b"epcc-id").hexdigest()
    variant = _VARIANT[int(digest[16], 16)]
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:]}"
