"""Address: a broker's addresses as configured, taken apart into where to connect."""

from urllib.parse import urlsplit

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import StompConfiguration
from emulator.transports.target import Origin, host_of, shown

_PORTS = {"stomp": 61613, "stomp+ssl": 61614}
"""The ports that an address without one means (the provider's guide, "STOMP integrations")."""


def origins_of(configuration: StompConfiguration) -> tuple[Origin, ...]:
    """Where to connect, in the order to try. Raises InvalidInput with a sentence."""
    if not configuration.addresses:
        raise InvalidInput("The integration names no broker; give it an address such as stomp://127.0.0.1:61613")
    return tuple(_origin(address, configuration) for address in configuration.addresses)


def _origin(address: str, configuration: StompConfiguration) -> Origin:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(f"'{shown(address)}' is not a broker's address: {error}") from None
    if parts.scheme not in _PORTS:
        raise InvalidInput(f"'{shown(address)}' is not a broker's address; it must begin with stomp:// or stomp+ssl://")
    if parts.username is not None:
        raise InvalidInput(
            f"'{shown(address)}' carries a login, which belongs in the configuration's username and password"
        )
    if port == 0:
        raise InvalidInput(f"'{address}' has port 0, to which nobody can connect")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise InvalidInput(f"'{address}' is not a broker's address; nothing may follow its port")
    return Origin(
        secure=parts.scheme == "stomp+ssl",
        host=host_of(parts),
        port=port or _PORTS[parts.scheme],
        insecure=configuration.insecure,
        ca_file=configuration.ca_file,
    )
