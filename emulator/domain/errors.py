"""The tree of errors. A class's docstring is its sentence; its branch says whose fault it is."""

from collections.abc import Iterable
from difflib import get_close_matches


class EmulatorError(Exception):
    """Something the emulator tells its user in one sentence, never as a traceback."""

    exit_code = 3
    status = 500

    @property
    def sentence(self) -> str:
        return str(self) or (type(self).__doc__ or "")


class UserError(EmulatorError):
    """What was asked for cannot be done as asked; the sentence says what can."""

    exit_code = 1
    status = 422


class InvalidInput(UserError):
    """A value in a file, a rule or a request is wrong; `path` says where, as keys and indexes."""

    exit_code = 2

    def __init__(self, message: str, *, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path

    def under(self, *prefix: str | int) -> "InvalidInput":
        """The same error, seen from further out."""
        return InvalidInput(str(self), path=(*prefix, *self.path))

    @property
    def sentence(self) -> str:
        return f"{render_path(self.path)}: {self}" if self.path else str(self)


class UnknownWord(UserError):
    """A name that nothing here answers to."""

    status = 404

    def __init__(self, kind: str, word: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown {kind} '{word}'{nearest(word, known)}")


class NotFound(UserError):
    """No such resource, integration, event or delivery."""

    status = 404


class IllegalCommand(UserError):
    """The resource's lifecycle does not allow this command now."""

    status = 409


class EnvironmentFault(EmulatorError):
    """The machine does not give what is needed: a port, a directory, disk space, a readable journal."""

    exit_code = 3
    status = 503


class JournalUnwritable(EnvironmentFault):
    """The journal cannot be written, so nothing was accepted; it is tried again until it works."""


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or a short list of what there is, or nothing."""
    names = sorted(set(known))
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    if names and len(names) <= 12:
        return f"; there is {', '.join(names)}"
    return ""


def render_path(path: tuple[str | int, ...]) -> str:
    """`('chaos', 0, 'match', 'event')` as `chaos[0].match.event`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
