"""Hands: what keys do with a row: ask what has to be asked, do it, and say what came of it."""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from textual.app import App, SuspendNotSupported

from emulator.core.written_payload import WrongPayload, payload_of
from emulator.domain.errors import EmulatorError, EnvironmentFault
from tui.actions import editing, export, fixture, freeze
from tui.actions.clipboard import is_doubtful
from tui.actions.curl import as_curl
from tui.actions.payload import payload_of_event
from tui.actions.place import place_of
from tui.actions.resend import resend
from tui.actions.retry import retry
from tui.desk import Desk
from tui.model.harmless import harmless
from tui.model.row import Row
from tui.screens.choice import Choice, Option
from tui.screens.progress import Progress
from tui.screens.question import Question
from tui.screens.reading import Reading
from tui.widgets.detail.request_sheet import secret_of


class Aim(NamedTuple):
    """What is acted on: an event, one of its deliveries where `row` is there; which deliveries are marked, and whether
    the secret is shown."""

    event: str
    row: Row | None = None
    marked: tuple[int, ...] = ()
    secret: bool = False


WRITES = ("retry", "resend", "edit")
"""What changes something on the server, and is not for a saved journal."""


class Hands:
    """`do` is for a worker: it asks the user and waits for the answers."""

    def __init__(self, desk: Desk, app: App[Any]) -> None:
        self._desk = desk
        self._app = app
        self._deeds: Mapping[str, Callable[[Aim], Awaitable[str | None]]] = {
            "retry": self._retry,
            "resend": self._resend,
            "edit": self._edit,
            "curl": self._curl,
            "fixture": self._fixture,
            "freeze": self._freeze,
        }

    def can(self, name: str, aim: Aim | None) -> bool:
        """Whether there is anything to do it with."""
        if name == "export":
            return bool(self._desk.session.view.numbers)
        if aim is None or name not in self._deeds or (name in WRITES and self._desk.saved):
            return False
        return aim.row is not None or name in ("resend", "edit", "fixture") or (name == "freeze" and bool(aim.marked))

    async def do(self, name: str, aim: Aim) -> None:
        """One of the deeds, by its name."""
        await self._say(self._deeds[name](aim))

    async def export(self, numbers: Sequence[int]) -> None:
        """These deliveries, into a file."""
        await self._say(self._export(tuple(numbers)))

    async def _say(self, deed: Awaitable[str | None]) -> None:
        try:
            said = await deed
        except EmulatorError as error:
            self._app.notify(harmless(error.sentence), severity="error", markup=False)
        else:
            if said is not None:
                self._app.notify(harmless(said), markup=False)

    async def _retry(self, aim: Aim) -> str | None:
        return None if aim.row is None else await retry(self._desk, aim.row)

    async def _resend(self, aim: Aim) -> str | None:
        options: list[Option[tuple[bool, str | None]]] = [
            Option("To all that observe it, as the same jobs: their next attempt", (False, None)),
            Option("To all that observe it, as new jobs", (True, None)),
        ]
        options += [Option(f"Only to {key}, as a new job", (True, key)) for key in self._receivers(aim)]
        how = await self._app.push_screen_wait(Choice(f"Send {aim.event} again", options))
        return None if how is None else await resend(self._desk, aim.event, new_job=how[0], integration=how[1])

    async def _edit(self, aim: Aim) -> str | None:
        before = await payload_of_event(self._desk, aim.event)
        payload = await self._edited(before)
        if payload is None:
            return "Nothing was changed, so nothing is sent"
        options = [Option(f"Only to {key}, as a new job", key) for key in self._receivers(aim)]
        options.insert(min(1, len(options)), Option("To all that observe it, as new jobs", ""))
        to = await self._app.push_screen_wait(Choice(f"Send the changed {aim.event}", options))
        if to is None:
            return None
        return await resend(self._desk, aim.event, new_job=True, payload=payload, integration=to or None)

    def _receivers(self, aim: Aim) -> list[str]:
        """To whom alone it could be sent: the delivery's integration; of an event, all that are enabled."""
        if aim.row is not None:
            return [aim.row.integration]
        return [key for key, known in self._desk.session.integrations.items() if known.get("enabled")]

    async def _edited(self, before: Any) -> dict[str, Any] | None:
        """What the user made of a payload; None where that is the same, or was given up."""
        command = editing.editor_of(os.environ)
        original = text = editing.payload_text(before)
        line = 1
        while True:
            try:
                with self._app.suspend():  # the editor has the terminal, and everything here waits
                    text = editing.edited(text, command, line=line)
            except SuspendNotSupported:
                raise EnvironmentFault("this terminal cannot be handed to an editor") from None
            if text == original:
                return None
            try:
                payload = payload_of(text)
            except WrongPayload as wrong:
                line = wrong.line
                ask = Choice(f"This is no payload: {wrong}", [Option("Edit it again", True), Option("Give up", False)])
                if not await self._app.push_screen_wait(ask):
                    return None
                continue
            return None if editing.payload_text(payload) == original else payload

    async def _curl(self, aim: Aim) -> str | None:
        if aim.row is None:
            return None
        command = await as_curl(self._desk, aim.row, secret=aim.secret)
        self._app.copy_to_clipboard(command)
        hidden = not aim.secret and secret_of(self._desk, aim.row.integration)
        masked = "; the secret is masked in it, unless u shows it first" if hidden else ""
        if not self._app.is_web and not is_doubtful(os.environ, len(command.encode(errors="replace"))):
            return f"The command is on the clipboard{masked}"
        title = f"The request of #{aim.row.number} as a command{masked}"
        await self._app.push_screen_wait(Reading(title, command))
        return None

    async def _fixture(self, aim: Aim) -> str | None:
        ask = Question("Save what its resource looks like as a fixture, in the directory", default=fixture.FOLDER)
        folder = await self._app.push_screen_wait(ask)
        return None if not folder else await fixture.save_fixture(self._desk, aim.event, place_of(folder))

    async def _freeze(self, aim: Aim) -> str | None:
        numbers = aim.marked or ((aim.row.number,) if aim.row is not None else ())
        what = ", ".join(f"#{number}" for number in sorted(numbers))
        ask = Question(f"Freeze {what} as a scenario, in the file", default=freeze.FILE, check=freeze.wrong_file)
        file = await self._app.push_screen_wait(ask)
        return None if not file else await freeze.freeze(self._desk, numbers, place_of(file))

    async def _export(self, numbers: Sequence[int]) -> str | None:
        many = f"{len(numbers):,} deliveries" if len(numbers) != 1 else "1 delivery"
        ask = Question(f"Export {many} into the file ({export.ENDINGS})", default=export.FILE, check=export.wrong_file)
        file = await self._app.push_screen_wait(ask)
        if not file:
            return None
        if export.is_there(file):
            over = Choice(f"{file} is there already", [Option("Leave it", False), Option("Write over it", True)])
            if not await self._app.push_screen_wait(over):
                return None
        progress = Progress(f"Exporting {many} into {file}", len(numbers))
        await self._app.push_screen(progress)
        try:
            said = await export.Export(self._desk, numbers, place_of(file)).run(
                progress.done, lambda: progress.cancelled
            )
        finally:
            progress.dismiss(None)
        return said or "The export was given up, and nothing was written"
