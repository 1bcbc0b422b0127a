"""Credentials: what in a message of the real service is a secret, and the message without it."""

import re
from collections.abc import Sequence
from functools import lru_cache

import orjson

from emulator.core.json_text import rewritten

TAKEN_OUT = "********"
"""What stands where a secret stood."""

_ENDINGS = (
    *("secret", "secretkey", "secretaccesskey", "accesskey", "accesskeyid", "privatekey", "apikey", "password"),
    *("passwd", "passphrase", "token", "authorization", "credential", "credentials", "cookie", "cvv", "cvc"),
    *("cardnumber", "totp", "otpcode"),
)
_SHAPES = re.compile(
    r"""
    (?P<jwt>\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)
    | (?P<aws>\b(?:AKIA|ASIA)[A-Z0-9]{12,})
    | (?P<bearer>(?i:\b(?:bearer|basic)\s+)[\w.~+/-]{8,}=*)
    | (?P<keyed>\b(?:sk|pk|rk|whsec|ghp|xox[a-z])[_-][\w-]{10,})
    | (?P<pem>-----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z))
    """,
    re.VERBOSE | re.DOTALL,
)
_LOGIN = re.compile(r"(?<=://)[^/@\s?#]+@")
_QUERY = re.compile(
    r"(?i)(?<=[?&])((?:x-amz-[\w-]+|[\w-]*(?:token|secret|password|signature|sig|key|code|auth))=)[^&#\s\"']+"
)


def without_credentials(text: str) -> str:
    """The JSON text with every secret replaced: by the name of its key, by its shape, or in an address.

    A JSON text within the text, such as the `resources` of a webhook, is gone through as well. Done twice it is the
    same as once. The address of a webhook loses its query, which often is its secret.
    """
    return rewritten(text, _replaced)


def _replaced(keys: Sequence[str], value: str | int | float) -> str | int | float:
    if any(_is_secret(key) for key in keys):
        return value if value in ("", TAKEN_OUT) else TAKEN_OUT
    if not isinstance(value, str):
        return value
    if list(keys[-2:]) == ["configuration", "url"] and "?" in value:
        return _unmarked(value.partition("?")[0])
    if value[:1] in ("{", "[") and holds_json(value):
        return without_credentials(value)
    return _unmarked(value)


def holds_json(value: str) -> bool:
    """Whether this text is itself the JSON of an object or a list."""
    if value[:1] not in ("{", "["):
        return False
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return False
    return True


@lru_cache(maxsize=4096)
def _is_secret(key: str) -> bool:
    return re.sub(r"[^a-z0-9]", "", key.lower()).endswith(_ENDINGS)


def _unmarked(value: str) -> str:
    """Without what looks like a secret wherever it stands; the very same text where nothing does."""
    if len(value) < 8:
        return value
    other = _SHAPES.sub(TAKEN_OUT, value)
    if "://" in other:
        other = _QUERY.sub(rf"\g<1>{TAKEN_OUT}", _LOGIN.sub("", other))
    return value if other == value else other
