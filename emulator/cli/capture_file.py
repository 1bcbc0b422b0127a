"""A capture on the command line: a file or standard input, read, made ready for a server, and kept."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from emulator.cli.console import dim, note, warning
from emulator.core.recording import read_recording
from emulator.core.redaction import Redaction
from emulator.domain.errors import EnvironmentFault, InvalidInput
from emulator.domain.moment import to_micros
from emulator.domain.recording import RecordedForm
from emulator.loading.capture import Captured, Skipped, capture_text, read_capture

_PAGE = 524_288  # bytes of messages in one call
_MOST = 500  # messages in one call
_SHOWN = 10
_SQLITE = b"SQLite format 3"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFile:
    """`name` is the file's for people. There is at least one message."""

    name: str
    messages: Sequence[Captured]
    skipped: Sequence[Skipped]

    @classmethod
    def read(cls, path: str, *, sent_to: str | None = None) -> "CaptureFile":
        """`-` is standard input; a journal, or its directory, is read as what it says was sent to an integration.

        Raises InvalidInput with the file, the line, and what to do.
        """
        if path != "-" and _is_journal(Path(path)):
            return cls._of_journal(path, sent_to)
        if sent_to is not None:
            raise InvalidInput(f"{path} is no journal, so all of it is sent; leave --sent-to out")
        name = "standard input" if path == "-" else path
        try:
            raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        except OSError as error:
            raise EnvironmentFault(f"{name} cannot be read: {error.strerror or error}") from None
        found = list(read_capture(capture_text(raw, name)))
        messages = [one for one in found if isinstance(one, Captured)]
        skipped = [one for one in found if isinstance(one, Skipped)]
        if not messages:
            first = skipped[0] if skipped else Skipped(line=1, why="it is empty")
            raise InvalidInput(f"{name}:{first.line}: {first.why}. Give webhook bodies or CloudEvents, as JSON")
        return cls(name=name, messages=messages, skipped=skipped)

    @classmethod
    def _of_journal(cls, path: str, sent_to: str | None) -> "CaptureFile":
        from emulator.runtime.session import read_session

        recordings = read_session(Path(path), sent_to)
        return cls(
            name=path,
            messages=[Captured(line=place, recording=one) for place, one in enumerate(recordings, start=1)],
            skipped=(),
        )

    def redacted(self) -> "CaptureFile":
        """The same with other people in it."""
        redaction = Redaction()
        for one in self.messages:
            redaction.learn(one.recording.body)
        changed = [
            replace(one, recording=read_recording(redaction.apply(one.recording.body), one.recording.at))
            for one in self.messages
        ]
        return replace(self, messages=changed)

    @property
    def forms(self) -> Counter[RecordedForm]:
        return Counter(one.recording.form for one in self.messages)

    @property
    def keys(self) -> Counter[str]:
        return Counter(one.recording.key for one in self.messages)

    @property
    def duplicates(self) -> int:
        """Messages that are there once more: the same attempt of the same job."""
        seen = {(one.recording.form, one.recording.job_id, one.recording.attempt) for one in self.messages}
        return len(self.messages) - len(seen)

    def pages(self) -> Iterator[list[Captured]]:
        """All messages, some at a time: as many as one call takes."""
        page: list[Captured] = []
        size = 0
        for one in self.messages:
            if page and (size + len(one.recording.body) > _PAGE or len(page) >= _MOST):
                yield page
                page, size = [], 0
            page.append(one)
            size += len(one.recording.body)
        if page:
            yield page

    def save(self, path: Path) -> None:
        """One message a line, with the time when it was received. Raises UserError where there is a file already."""
        lines = (f'{{"at":{_json_instant(one)},"body":{one.recording.body}}}\n' for one in self.messages)
        write_new(path, "".join(lines))

    def summary(self) -> dict[str, Any]:
        """What is in it, for `--json`."""
        return {
            "messages": len(self.messages),
            "forms": {str(form): count for form, count in self.forms.items()},
            "keys": dict(sorted(self.keys.items())),
            "duplicates": self.duplicates,
            "skipped": [{"line": one.line, "why": one.why} for one in self.skipped],
        }

    def tell(self) -> None:
        """What is in it, for people."""
        kinds = {RecordedForm.WEBHOOK: "webhook bodies", RecordedForm.CLOUD_EVENT: "CloudEvents"}
        parts = [f"{count} {kinds[form]}" for form, count in self.forms.items()]
        if self.duplicates:
            parts.append(f"{self.duplicates} of them duplicates (the same job and attempt)")
        click.echo(f"{self.name}: {', '.join(parts)}")
        for key, count in sorted(self.keys.items()):
            click.echo(f"  {count:>6}  {key}")
        self.tell_skipped()

    def tell_skipped(self) -> None:
        """What was no message, with its line, beside the output."""
        for one in self.skipped[:_SHOWN]:
            note(warning(f"{self.name}:{one.line}: skipped: {one.why}"))
        if len(self.skipped) > _SHOWN:
            note(dim(f"and {len(self.skipped) - _SHOWN} more were skipped"))


def _is_journal(path: Path) -> bool:
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def write_new(path: Path, text: str) -> None:
    """A file of its owner's alone, where there is none yet. Raises EnvironmentFault."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(text, encoding="utf-8")
    except FileExistsError:
        raise EnvironmentFault(f"{path} is there already; move it away, or choose another name") from None
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror or error}") from None


def as_sent(one: Captured) -> dict[str, Any]:
    """A message as the control API takes it."""
    at, treatments = one.recording.at, one.recording.treatments
    done = [{"fault": each.fault, "how": dict(each.how)} for each in treatments]
    message = {"body": one.recording.body, "at": None if at is None else to_micros(at)}
    return {**message, "treatments": done} if done else message


def _json_instant(one: Captured) -> str:
    return "null" if one.recording.at is None else f'"{to_micros(one.recording.at)}"'
