"""Bench server: the emulator that the tests of a session share, brought back to its beginning for each of them."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emulator.domain.integration import IntegrationType
from emulator.harness.app_loop import AppLoop
from emulator.harness.choices import choices_of
from emulator.harness.local import LocalEmulator
from emulator.harness.snapshot import Snapshot
from emulator.harness.workbench import Workbench
from emulator.runtime.settings import Settings
from emulator.transports.app import AppTransport
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport


class BenchServer:
    """Started when it is first needed. Ports are free ones, and nothing is kept, so processes do not meet."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._usual = choices_of()
        self._apps = AppLoop()
        self._shared: _Bench | None = None
        self._busy = False
        self._directory: Path | None = None
        self.failure: Snapshot | None = None
        """What there was when a `with fresh()` block last raised."""

    def __repr__(self) -> str:
        """As a property that fails prints it among its arguments."""
        return "epcc_server"

    def __enter__(self) -> Self:
        self._open.callback(self._apps.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @contextmanager
    def fresh(self, **chosen: Any) -> Iterator[Workbench]:
        """An emulator in which nothing has happened yet, its variables in the environment: the shared one from its
        beginning, or one of its own where `seed`, `profile` or `scenario` are chosen or the shared one is in use.

        Raises UserError for a choice that is not known or cannot be met.
        """
        choices = choices_of(**chosen)
        with ExitStack() as stack:
            if choices == self._usual and not self._busy:
                bench = self._begin_again()
                self._busy = True
                stack.callback(setattr, self, "_busy", False)
            else:
                bench = stack.enter_context(_Bench(choices.settings, self._apps))
            with Workbench(bench.local, bench.transport, self._apps, choices.scenario) as workbench:
                try:
                    yield workbench
                except BaseException:
                    self.failure = workbench.snapshot(self._file())
                    raise

    def _begin_again(self) -> "_Bench":
        if self._shared is None:
            self._shared = self._open.enter_context(_Bench(self._usual.settings, self._apps))
            return self._shared
        local = self._shared.local
        local.call(local.emulator.set_profile(self._usual.settings.profile))
        local.call(local.emulator.reset(rewind=True))
        return self._shared

    def _file(self) -> Path:
        if self._directory is None:
            kept = tempfile.TemporaryDirectory(prefix="epcc-bench-")
            self._directory = Path(self._open.enter_context(kept))
        return self._directory / "journal.sqlite3"


class _Bench:
    """An emulator whose webhooks may go to applications in this process."""

    def __init__(self, settings: Settings, apps: AppLoop) -> None:
        usual = WebhookTransport(reach=Reach(settings.allow_remote), timeout=settings.webhook_timeout)
        self.transport = AppTransport(usual, timeout=settings.webhook_timeout)
        self.local = LocalEmulator(settings, transports={IntegrationType.WEBHOOK: self.transport})

    def __enter__(self) -> Self:
        self.local.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.local.__exit__(kind, error, trace)
