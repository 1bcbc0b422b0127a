"""The files that say where a server listens: written when it is ready, gone when it has stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.loading.whole_file import write_whole

DATA_DIR = ".epcc-emulator"
PORT_FILE = "port"
URL_FILE = "url"


@contextmanager
def announced(url: str, port: int, *, data_dir: Path | None, port_file: Path | None) -> Iterator[None]:
    """The server's address in its data directory, and its port in `port_file`, for as long as it runs."""
    files = [(port_file, f"{port}\n")] if port_file is not None else []
    if data_dir is not None:
        # The port comes last: whoever sees it finds the address too.
        files = [*files, (data_dir / URL_FILE, f"{url}\n"), (data_dir / PORT_FILE, f"{port}\n")]
    try:
        for path, text in files:
            write_whole(path, text)
        yield
    finally:
        for path, text in files:
            _remove_ours(path, text)


def read_url(data_dir: Path) -> str | None:
    """The address that a server left in its data directory; None when there is none."""
    try:
        if not (data_dir / PORT_FILE).exists():
            return None
        return (data_dir / URL_FILE).read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def _remove_ours(path: Path, text: str) -> None:
    """Another server may have taken the file over in the meantime; then it stays."""
    try:
        if path.read_text(encoding="utf-8") == text:
            path.unlink()
    except OSError:
        return
