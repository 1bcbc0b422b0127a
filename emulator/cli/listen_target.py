"""Where `listen` delivers to: a receiver's URL, a queue, or a destination of the STOMP broker."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import dim, good, note, warning
from emulator.cli.queues import tell_environment
from emulator.core.masking import masked_address

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

NAME = "listen"
_PATIENCE = 0.5  # wall seconds between two looks at a receiver that is not up


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenTarget:
    """`name` is the registration's, so that each receiver has its own; `shown` is the address for people.

    `environment` is what the receiver of a queue needs to know.
    """

    name: str
    integration_type: str
    configuration: Mapping[str, Any]
    shown: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def is_webhook(self) -> bool:
        return self.integration_type == "webhook"

    def tell(self) -> None:
        """What the receiver has to be told."""
        if self.is_webhook:
            secret = self.configuration["secret_key"]
            click.echo(f"  {dim('secret  ')} {secret}  {dim('in X-MOLTIN-SECRET-KEY and configuration.secret_key')}")
        else:
            tell_environment(self.environment)


def webhook_target(forward_to: str, secret: str) -> ListenTarget:
    shown = masked_address(forward_to)
    return ListenTarget(
        name=f"{NAME} {shown.partition('://')[2]}",
        integration_type="webhook",
        configuration={"url": forward_to, "secret_key": secret},
        shown=shown,
    )


def queue_target(client: "ControlClient", name: str, region: str | None) -> ListenTarget:
    """The queue or destination of this name, made when it is missing."""
    made = client.make_queue(name, region=region)
    return ListenTarget(
        name=f"{NAME} {name}",
        integration_type=made["integration_type"],
        configuration=made["configuration"],
        shown=made["data"]["address"] + (f" {name}" if name.startswith("/") else ""),
        environment=made["environment"],
    )


@contextmanager
def awaited(client: "ControlClient", key: str, target: ListenTarget, allow_remote: tuple[str, ...]) -> Iterator[None]:
    """While a webhook's receiver is not up, nothing is sent to it: its events wait instead of using up attempts.

    A queue needs none of that: it keeps what comes.
    """
    if not target.is_webhook:
        yield
        return
    from emulator.harness.reachability import reachability

    url = target.shown
    first = reachability(url, allow_remote)
    if first.reachable or (first.problem or "").startswith("Blocked"):
        if first.problem:
            note(warning(first.problem))
        yield
        return
    note(warning(f"{url}: {first.problem}. Events wait until the receiver is up."))
    client.pause(key)
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_PATIENCE):
            if reachability(url, allow_remote).reachable:
                client.resume(key)
                note(good(f"{url} is up."))
                return

    looking = threading.Thread(target=look, name="await-receiver", daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()
