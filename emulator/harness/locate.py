"""Finding the server that a command talks to."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.domain.errors import EnvironmentFault, UserError
from emulator.harness.address import DATA_DIR, read_url
from emulator.runtime.certificates import CA_FILE

HOW_TO_START = "Start one with: epcc-emulator serve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a server should be, how we know, and the certificate authority to trust there besides the system's."""

    url: str
    source: str
    ca_file: Path | None = None

    @property
    def absence(self) -> str:
        """What to say when nobody answers there."""
        stale = " (left behind by a server that was killed)" if self.source.endswith(DATA_DIR) else ""
        return f"no emulator answers at {self.url}, known from {self.source}{stale}. {HOW_TO_START}"


def locate(
    url: str | None = None,
    data_dir: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    start: Path | None = None,
) -> Location:
    """Where the server is: `url`, else EPCC_EMULATOR_URL, else what a server left in its data directory.

    Without `data_dir` the data directory is looked for in `start` (the working directory) and in every directory
    above it. Raises EnvironmentFault when nothing names a server, UserError for an address that is none.
    """
    environ = os.environ if environ is None else environ
    start = Path.cwd() if start is None else start
    directory = data_dir if data_dir is not None else _nearest_data_dir(start)
    ca_file = directory / CA_FILE if directory is not None and (directory / CA_FILE).exists() else None
    if url:
        return Location(url=_checked(url, "--url"), source="--url", ca_file=ca_file)
    named = environ.get("EPCC_EMULATOR_URL")
    if named:
        return Location(url=_checked(named, "EPCC_EMULATOR_URL"), source="EPCC_EMULATOR_URL", ca_file=ca_file)
    left = read_url(directory) if directory is not None else None
    if directory is None or left is None:
        where = f"in {data_dir}" if data_dir is not None else f"in {start} or above it"
        raise EnvironmentFault(f"no running emulator was found {where}. {HOW_TO_START}")
    return Location(url=left, source=str(directory), ca_file=ca_file)


def _nearest_data_dir(start: Path) -> Path | None:
    candidates = (directory / DATA_DIR for directory in (start, *start.parents))
    return next((candidate for candidate in candidates if read_url(candidate) is not None), None)


def _checked(url: str, source: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise UserError(f"{source} is '{url}', which is no address; write http://127.0.0.1:3722")
    return url.rstrip("/")
