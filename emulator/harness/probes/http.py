"""HTTP probe: the JSON that a GET answers with."""

import ssl
from functools import cache

import httpx

from emulator.core.masking import masked_address
from emulator.core.probe_target import HttpTarget
from emulator.domain.probe import ProbeFailure, ProbeValue

_PATIENCE = 10.0  # wall seconds
_NOTHING = (httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.NO_CONTENT)


class HttpProbe:
    """An answer of 404, 410 or 204 says that there is nothing, which is null; other errors say nothing at all."""

    def __init__(self, target: HttpTarget) -> None:
        self._target = target
        self.name = masked_address(target.url)

    def read(self) -> ProbeValue | ProbeFailure:
        try:
            # Proxy variables must not come between us and loopback.
            answer = httpx.get(
                self._target.url,
                headers=dict(self._target.headers),
                trust_env=False,
                verify=_trusted(),
                timeout=_PATIENCE,
                follow_redirects=True,
            )
        except httpx.TimeoutException:
            return ProbeFailure(sentence=f"{self.name} does not answer within {_PATIENCE:.0f} s", unreachable=True)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return ProbeFailure(sentence=f"{self.name} cannot be reached: {error}", unreachable=True)
        if answer.status_code in _NOTHING:
            return ProbeValue(value=None, note=f"it answered {answer.status_code}")
        if not answer.is_success:
            return ProbeFailure(sentence=f"{self.name} answered {answer.status_code}: {_begin(answer.text)}")
        try:
            return ProbeValue(value=answer.json())
        except (ValueError, RecursionError):
            return ProbeFailure(sentence=f"{self.name} answered what is not JSON: {_begin(answer.text)}")


@cache
def _trusted() -> ssl.SSLContext:
    """The usual authorities. Reading them takes longer than all the rest of a read."""
    return httpx.create_ssl_context(trust_env=False)


def _begin(text: str) -> str:
    line = " ".join(text.split())
    return (line if len(line) <= 80 else f"{line[:79]}…") or "nothing"
