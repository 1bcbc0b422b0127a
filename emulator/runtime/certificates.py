"""A certificate authority of one's own, kept in the data directory, for serving https to local clients."""

import socket
from dataclasses import dataclass
from pathlib import Path

from emulator.domain.errors import EnvironmentFault
from emulator.loading.whole_file import write_whole

CA_FILE = "ca.pem"
_CA_KEY = "ca.key"
_SERVER = "server.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """`ca_file` is what clients are to trust; `chain_file` holds the server's key and certificate."""

    ca_file: Path
    chain_file: Path


def certificates(directory: Path, host: str) -> Certificates:
    """The directory's authority, made when it is not there yet, and a new certificate for this machine's names.

    Raises EnvironmentFault when the directory cannot be written or holds an authority that cannot be read.
    """
    import trustme

    ca_file, key_file = directory / CA_FILE, directory / _CA_KEY
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if ca_file.exists() and key_file.exists():
            authority = trustme.CA.from_pem(ca_file.read_bytes(), key_file.read_bytes())
        else:
            authority = trustme.CA(organization_name="epcc-emulator", organization_unit_name="local development")
            write_whole(key_file, authority.private_key_pem.bytes().decode(), mode=0o600)
            write_whole(ca_file, authority.cert_pem.bytes().decode())
    except (OSError, ValueError) as error:
        raise EnvironmentFault(f"the certificates in {directory} cannot be used: {error}") from None
    names = dict.fromkeys(["localhost", "127.0.0.1", "::1", "host.docker.internal", host, socket.gethostname()])
    leaf = authority.issue_cert(*(name for name in names if name not in ("0.0.0.0", "::", "")))
    chain = b"".join(blob.bytes() for blob in (leaf.private_key_pem, *leaf.cert_chain_pems))
    write_whole(directory / _SERVER, chain.decode(), mode=0o600)
    return Certificates(ca_file=ca_file, chain_file=directory / _SERVER)
