"""Workbench: an emulator inside a test, and the few calls that a contract test is made of."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from emulator.api.environment import environment_of
from emulator.domain.errors import UserError, nearest
from emulator.harness.local import LocalEmulator
from emulator.loading.profiles import load_profile
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient, Document

_CHOICES = ("seed", "profile")


def settings_for(**choices: Any) -> Settings:
    """Keeps nothing, virtual clock, integrations enabled unless told otherwise.

    Raises UserError for an unknown choice.
    """
    for name in choices:
        if name not in _CHOICES:
            raise UserError(f"the epcc marker does not know '{name}'{nearest(name, _CHOICES)}")
    profile = choices.get("profile", "off")
    load_profile(profile)
    return Settings(
        seed=choices.get("seed", 0),
        profile=profile,
        clock=ClockSettings(mode=ClockMode.VIRTUAL),
        enabled_by_default=True,
    )


class Workbench:
    """`url` is where it listens, `env` what a receiver finds in its environment, `client` everything else it can do."""

    def __init__(self, settings: Settings) -> None:
        self._local = LocalEmulator(settings)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self._local)
        self.url = self._local.url
        self.env = environment_of(self._local.emulator, self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @cached_property
    def client(self) -> "ControlClient":
        """Made when it is first asked for: its import takes as long as everything else does."""
        from emulator.harness.client import ControlClient

        return self._open.enter_context(ControlClient(self.url))

    def serve(self, app: Any) -> str:
        """Runs an ASGI application, such as the receiver under test, until the test ends; the URL it is at.

        Raises EnvironmentFault when it refuses to start.
        """
        from emulator.harness.served_app import ServedApp

        return self._open.enter_context(ServedApp(app)).url

    def integration(
        self,
        url: str,
        *,
        observes: Sequence[str] = ("*",),
        secret: str | None = None,
        name: str = "receiver",
    ) -> "Document":
        """Registers a webhook and answers with it; globs may be observed. The same name again changes the first."""
        configuration = {"url": url} | ({"secret_key": secret} if secret is not None else {})
        registered: Document = self.client.ensure_integration(
            name,
            integration_type="webhook",
            enabled=True,
            observes=list(observes),
            configuration=configuration,
        )["data"]
        return registered

    def trigger(self, key: str, **request: Any) -> "Document":
        """Makes the shop raise an event, and what must come before it: `of`, `only`, `count`, `override`…

        Nothing is sent before `settle`. Answers with the events raised, the deliveries planned and the reasons for
        none.
        """
        return self.client.trigger(key, **request)

    def chaos(self, **rule: Any) -> "Document":
        """A rule in force from now on: `epcc.chaos(match='order.*', duplicate={'copies': 1})`."""
        return self.client.add_rule(rule)

    def settle(self, time_limit: float = 30.0) -> None:
        """Lets virtual time run until nothing is left to send.

        Raises AssertionError when that takes longer than `time_limit` (wall seconds).
        """
        if not self.client.settle(time_limit):
            pending = self.client.clock()["pending"]
            raise AssertionError(f"not settled within {time_limit:g} s: {pending} sends have not ended")

    def deliveries(self, **filters: Any) -> list[Mapping[str, Any]]:
        """Every delivery, oldest first, or some: `event` (a glob), `integration`, `state` and `resource` filter."""
        found: list[Mapping[str, Any]] = []
        while True:
            page = self.client.deliveries(**filters, offset=len(found), limit=100)
            found += page["data"]
            if not page["data"] or len(found) >= page["results"]["total"]:
                return sorted(found, key=lambda delivery: int(delivery["number"]))
