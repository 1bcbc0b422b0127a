"""Access: who may connect."""

import hmac
from dataclasses import dataclass, field

from emulator.runtime.stomp.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The login and passcode that CONNECT has to carry; without a login everybody may connect."""

    login: str | None = None
    passcode: str | None = field(default=None, repr=False)

    def expect(self, login: str | None, passcode: str | None) -> None:
        """Raises Refusal for wrong credentials, without saying which of the two is wrong."""
        if self.login is None:
            return
        right = hmac.compare_digest(_bytes(login), _bytes(self.login))
        if not (hmac.compare_digest(_bytes(passcode), _bytes(self.passcode)) and right):
            raise Refusal("Bad CONNECT", "the login or the passcode is wrong, or one of them is missing")


def _bytes(text: str | None) -> bytes:
    return (text or "").encode()
