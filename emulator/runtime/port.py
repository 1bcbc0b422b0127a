"""Ports: binding one, and when it is taken, who has it and which one is free."""

import errno
import os
import socket
from pathlib import Path

from emulator.domain.errors import EnvironmentFault

LOOPBACK = "127.0.0.1"
_LISTENING = "0A"
_LONGEST_COMMAND = 60


def bind(host: str, port: int, *, option: str = "--port") -> socket.socket:
    """A bound socket that does not listen yet; port 0 takes any free one.

    Raises EnvironmentFault; `option` is what it tells to choose another port with.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError):
        raise EnvironmentFault(f"'{host}' is no address of this machine; --host 127.0.0.1 is the usual one") from None
    bound = socket.socket(family, socket.SOCK_STREAM)
    # A port whose last server has just stopped may be taken again at once.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise EnvironmentFault(_why_not(host, port, error, option)) from None
    return bound


def free_port(host: str, after: int) -> int | None:
    """The next port above `after` that nobody has, among the hundred that follow."""
    return next((port for port in range(after + 1, min(after + 101, 65536)) if is_free(host, port)), None)


def is_free(host: str, port: int) -> bool:
    """Whether one could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str | None:
    """Who listens on this port, as `python -m http.server 3722 (process 4711)`; None where that cannot be seen."""
    inodes = {inode for table in ("tcp", "tcp6") for inode in _listening(table, port)}
    if not inodes:
        return None
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in sockets for link in (process / "fd").iterdir()):
                words = [
                    word.decode(errors="replace") for word in (process / "cmdline").read_bytes().split(b"\0") if word
                ]
                return f"{_command(words)} (process {process.name})"
        except OSError:
            continue  # another user's process, or one that has just ended
    return None


def _command(words: list[str]) -> str:
    """A command line as its user knows it: without directories, and without the interpreter of a script."""
    names = [Path(word).name if word.startswith("/") else word for word in words]
    if len(names) > 1 and names[0].startswith("python") and not names[1].startswith("-"):
        names = names[1:]
    command = " ".join(names)
    return command if len(command) <= _LONGEST_COMMAND else command[:_LONGEST_COMMAND] + "…"


def _listening(table: str, port: int) -> set[str]:
    try:
        lines = Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return set()
    columns = [line.split() for line in lines]
    return {row[9] for row in columns if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port}


def _why_not(host: str, port: int, error: OSError, option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        who = holder(port)
        free = free_port(host, port)
        taken = f"port {port} is taken by {who}" if who else f"port {port} is taken"
        return f"{taken}; {free} is free: {option} {free}" if free else f"{taken}; {option} 0 takes any free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than you have; choose one above 1023 with {option}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; --host 127.0.0.1 is the usual one"
    return f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}"
