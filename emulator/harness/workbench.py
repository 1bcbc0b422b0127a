"""Workbench: an emulator inside a test, and the few calls that a contract test is made of."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from emulator.api.environment import environment_of
from emulator.core.scenario import Scenario
from emulator.domain.errors import UserError
from emulator.domain.moment import parse_duration
from emulator.harness.app_loop import AppLoop
from emulator.harness.delivered import Deliveries, Wanted
from emulator.harness.local import LocalEmulator
from emulator.harness.patched_environment import PatchedEnvironment
from emulator.harness.snapshot import Snapshot, snapshot
from emulator.transports.app import AppTransport

if TYPE_CHECKING:
    import respx

    from emulator.harness.client import ControlClient, Document
    from emulator.harness.scenario_run import Played
    from emulator.harness.shop_resource import ShopResource

_PAGE = 100


class Workbench:
    """`url` is where it listens, `env` what a receiver finds in its environment, `client` everything else it can do.

    What waits for deliveries (`settle`, `advance`, `play`) has a twin with an `a` in front, to be awaited: in an async
    test, the receiver needs the loop meanwhile.
    """

    def __init__(
        self, local: LocalEmulator, transport: AppTransport, apps: AppLoop, scenario: Scenario | None = None
    ) -> None:
        self._local = local
        self._transport = transport
        self._apps = apps
        self._scenario = scenario
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self.url = self._local.url
        self.env = {**environment_of(self._local.emulator, self.url)}
        self._patched = self._open.enter_context(PatchedEnvironment())
        self._patched.put({name: value for name, value in self.env.items() if name.startswith("EPCC_")})
        self._open.callback(self._dismount)
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

    # Receivers

    def serve(self, app: Any) -> str:
        """Runs an ASGI application, such as the receiver under test, on a port until the test ends; its URL.

        Raises EnvironmentFault when it refuses to start.
        """
        from emulator.harness.served_app import ServedApp

        return self._open.enter_context(ServedApp(app)).url

    def mount(self, app: Any) -> str:
        """Delivers to an ASGI or WSGI application without a socket; the URL that stands for it in this test.

        Called where a loop runs, as in an async test, an ASGI application runs on that loop; elsewhere in a thread. It
        gets the bytes that it would get over a socket, and what it raises is a failed attempt. Raises InvalidInput for
        what is neither.
        """
        loop = _running_loop() or self._apps.get()
        return self._transport.mount(app, loop=loop)

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
        return self._register(name, "webhook", observes, configuration)

    def queue(self, name: str = "epcc-events", *, observes: Sequence[str] = ("*",)) -> "Document":
        """Has events sent to a queue that comes with the emulator: SQS, or STOMP where the name is a destination such
        as `/queue/orders`. Answers with its `configuration` and the `environment` of its consumers, which is put into
        this process's too. The integration is called like the queue.
        """
        made = self.client.make_queue(name)
        self.env |= made["environment"]
        self._patched.put(made["environment"])
        self._register(name, made["integration_type"], observes, made["configuration"])
        return made

    # The shop

    def trigger(self, key: str, **request: Any) -> "Document":
        """Makes the shop raise an event, and what must come before it: `of`, `only`, `count`, `override`…

        Nothing is sent before `settle`. Answers with the events raised, the deliveries planned and the reasons for
        none.
        """
        if request.get("rate"):  # time passes between the repetitions
            self._free_to_wait("trigger with a rate", "epcc.aplay([{'trigger': …, 'rate': …}])")
        return self.client.trigger(key, **request)

    def create(self, type: str, **request: Any) -> "ShopResource":
        """A new resource of the shop's to go on with: `order = epcc.create("order")`, `order.trigger("paid")`."""
        from emulator.harness.shop_resource import ShopResource

        return ShopResource.made(self.client, type, **request)

    def chaos(self, **rule: Any) -> "Document":
        """A rule in force from now on: `epcc.chaos(match='order.*', duplicate={'copies': 1})`."""
        return self.client.add_rule(rule)

    def play(
        self,
        steps: Sequence[Any] | None = None,
        *,
        chaos: Sequence[Any] = (),
        expect: Sequence[Any] = (),
        reset: Callable[[], object] | None = None,
        forward_to: str | None = None,
    ) -> "Played":
        """Plays steps under rules, both as a scenario has them, or else the marker's scenario, until all is settled.

        `forward_to` is where webhooks go: those of the scenario, or one that observes everything where it names none.
        A scenario's own `receiver` is not started. What it expects is judged as `run` does, and what `expect` says as
        well, where a probe may be a function. What `converges` is played without faults first; `reset` makes the
        receiver forget that. Raises InvalidInput for what is not right or is refused, and AssertionError when it is not
        settled in time, and when something is not as expected, or cannot be told.
        """
        from emulator.harness.played_steps import play_steps

        self._free_to_wait("play", "epcc.aplay(…)")
        return play_steps(
            self._local, self.client, self._scenario, steps, chaos, forward_to, expect=expect, reset=reset
        )

    def run(self) -> None:
        """Plays the marker's scenario as the command `run` does: to its own `receiver`, which is started for it, and on
        an emulator that is, too.

        Raises AssertionError, with what was expected and what was seen, unless everything is as it expects; also where
        that cannot be told.
        """
        from emulator.harness.judging import complaint
        from emulator.harness.trials import trials

        if self._scenario is None:
            raise UserError("there is nothing to run: name a scenario: @pytest.mark.epcc(scenario=…)")
        with trials(self._scenario) as kept_up:
            trial = kept_up.run(self._scenario)
        _require(complaint(trial.judgement, trial.played))

    # Time

    def settle(self, time_limit: float = 30.0) -> None:
        """Lets virtual time run until nothing is left to send.

        Raises AssertionError when that takes longer than `time_limit` (wall seconds).
        """
        self._free_to_wait("settle", "epcc.asettle()")
        self._settle(time_limit)

    def advance(self, by: str) -> None:
        """Lets virtual time pass: `epcc.advance("30m")`. What falls due is sent."""
        self._free_to_wait("advance", "epcc.aadvance(…)")
        self.client.advance(by)

    async def asettle(self, time_limit: float = 30.0) -> None:
        """As `settle`, while the loop goes on."""
        await asyncio.to_thread(self._settle, time_limit)

    async def aadvance(self, by: str) -> None:
        """As `advance`, while the loop goes on."""
        await asyncio.to_thread(self.client.advance, by)

    async def aplay(self, steps: Sequence[Any] | None = None, **how: Any) -> "Played":
        """As `play`, while the loop goes on."""
        return await asyncio.to_thread(partial(self.play, steps, **how))

    # What came of it

    def deliveries(self, **filters: Any) -> list[Mapping[str, Any]]:
        """Every delivery, oldest first, or some: `event` (a glob), `integration`, `state` and `resource` filter."""
        return self._all(self.client.deliveries, **filters)

    def attempts(self, **filters: Any) -> list[Mapping[str, Any]]:
        """Every attempt that ended, in the order in which they did; `integration` and `delivery` filter."""
        return self._all(self.client.attempts, **filters)

    def assert_delivered(
        self,
        event: str,
        *,
        times: int | None = None,
        within: str | None = None,
        attempts: int | None = None,
        resource: str | None = None,
        integration: str | None = None,
    ) -> None:
        """Raises AssertionError, with what was delivered, unless this event (a key or a glob) was.

        `times` counts deliveries that succeeded, each once however often it was sent; without it one is enough. All of
        them within so much emulated time of their event (`30m`), and with so many `attempts`, where that is asked for.
        """
        limit = None if within is None else parse_duration(within)
        wanted = Wanted(event=event, resource=resource, integration=integration)
        _require(self._delivered().undelivered(wanted, times=times, within=limit, attempts=attempts))

    def assert_not_delivered(self, event: str, *, resource: str | None = None, integration: str | None = None) -> None:
        """Raises AssertionError if this event (a key or a glob) was delivered."""
        _require(self._delivered().delivered(Wanted(event=event, resource=resource, integration=integration)))

    def assert_ordered(self, *events: str, resource: str | None = None, integration: str | None = None) -> None:
        """Raises AssertionError unless the first delivery of each of these came in this order."""
        _require(
            self._delivered().disordered(
                [Wanted(event=event, resource=resource, integration=integration) for event in events]
            )
        )

    def snapshot(self, journal: Path | None) -> Snapshot:
        """The last deliveries in words, and a copy of the journal at this path."""
        return snapshot(self._local, journal)

    # Code that calls the API

    def respx(self, *hosts: str) -> "AbstractContextManager[respx.MockRouter]":
        """Within, httpx finds the emulator under the provider's own host names, or under these, without a socket."""
        from emulator.harness.real_host import real_host

        return real_host(self._local, *hosts)

    # How

    def _register(self, name: str, kind: str, observes: Sequence[str], configuration: Mapping[str, Any]) -> "Document":
        registered: Document = self.client.ensure_integration(
            name, integration_type=kind, enabled=True, observes=list(observes), configuration=configuration
        )["data"]
        return registered

    def _settle(self, time_limit: float) -> None:
        if not self.client.settle(time_limit):
            pending = self.client.clock()["pending"]
            raise AssertionError(f"not settled within {time_limit:g} s: {pending} sends have not ended")

    def _free_to_wait(self, what: str, instead: str) -> None:
        """Raises UserError where waiting would keep the receiver from answering."""
        loop = _running_loop()
        if loop is not None and self._transport.runs_on(loop):
            raise UserError(f"{what} would block the loop that the receiver runs on; write: await {instead}")

    def _delivered(self) -> Deliveries:
        return Deliveries(rows=self.deliveries(), attempts=self.attempts())

    def _all(self, page: Any, **filters: Any) -> list[Mapping[str, Any]]:
        """Every one of them, oldest first."""
        found: list[Mapping[str, Any]] = []
        while True:
            part = page(**filters, offset=len(found), limit=_PAGE)
            found += part["data"]
            if not part["data"] or len(found) >= part["results"]["total"]:
                return found[::-1]

    def _dismount(self) -> None:
        self._local.call(self._transport.dismount(self._apps.running))


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _require(complaint: str | None) -> None:
    if complaint is not None:
        raise AssertionError(complaint)
