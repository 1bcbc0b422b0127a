"""Masking: what a reader may see of a secret, and how a masked value written back is recognised."""

import re

HIDDEN = "****"
"""What stands in an address for a secret."""

_IN_ADDRESSES = re.compile(
    r"(?<=://)[^/\s@]*@|(?<=[?&])([^=&\s]*(?:secret|token|key|password|signature)[^=&\s]*=)[^&\s]+", re.IGNORECASE
)

SHOWN = 4
"""How many characters of a masked secret stay readable, at its end."""


def mask(secret: str) -> str:
    """`****************PSYQ`: the last four characters, one `*` for each other, so the length stays.

    The provider's own examples mask this way. A secret of four characters or fewer is masked whole, which is
    our decision: shown, it would not be a secret.
    """
    if len(secret) <= SHOWN:
        return "*" * len(secret)
    return "*" * (len(secret) - SHOWN) + secret[-SHOWN:]


def unmasked(sent: str, stored: str) -> str:
    """What to store when `sent` arrives for a secret that is `stored` now.

    The masked form of what is stored means "unchanged": a client that reads an integration and writes it back
    must not destroy its secret. Everything else is a new secret.
    """
    return stored if sent == mask(stored) else sent


def masked_address(address: str) -> str:
    """An address without what may be a secret in it: a password, or a parameter that is named like one."""
    return _IN_ADDRESSES.sub(_hidden, address)


def _hidden(found: "re.Match[str]") -> str:
    if found[1] is not None:
        return f"{found[1]}{HIDDEN}"
    user, colon, _ = found[0].partition(":")
    return f"{user}:{HIDDEN}@" if colon else f"{HIDDEN}@"
