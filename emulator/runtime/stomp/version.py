"""Version: which STOMP is spoken on a connection."""

from enum import StrEnum

from emulator.runtime.stomp.refusal import Refusal


class Version(StrEnum):
    """The protocol's versions, oldest first."""

    V1_0 = "1.0"
    V1_1 = "1.1"
    V1_2 = "1.2"


SPOKEN = ",".join(Version)


def agree(accepted: str | None) -> Version:
    """The newest version that is in `accept-version`; without that header it is 1.0. Raises Refusal."""
    if accepted is None:
        return Version.V1_0
    offered = {version.strip() for version in accepted.split(",")}
    for version in reversed(Version):
        if version in offered:
            return version
    raise Refusal(
        "Unsupported protocol version",
        f"accept-version is '{accepted}', and this broker speaks {SPOKEN}",
    )
