"""Masking: what a reader may see of a secret, and how a masked value written back is recognised."""

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
