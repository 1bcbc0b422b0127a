"""What a server says when it is ready: where it is, how it behaves, and what to do next."""

import asyncio
from typing import TYPE_CHECKING

import click

from emulator.cli.console import bad, dim, good, note, print_json_line, strong, warning

if TYPE_CHECKING:
    from emulator.harness.server import RunningServer

_LONG_TIMEOUT = 10.0  # seconds; newer documentation of the provider gives a receiver no more


def greet(server: "RunningServer", *, as_json: bool = False) -> None:
    """The first output of `serve`."""
    settings = server.emulator.settings
    if as_json:
        print_json_line(
            {
                "ready": True,
                "url": server.url,
                "port": server.port,
                "profile": server.emulator.profile,
                "seed": settings.seed,
                "clock": str(settings.clock.mode),
                "data_dir": None if settings.data_dir is None else str(settings.data_dir),
                "ca_file": None if server.ca_file is None else str(server.ca_file),
            }
        )
        return
    click.echo(f"{good('Ready')} {strong(server.url)}")
    for name, value in facts(server):
        click.echo(f"  {dim(f'{name:<9}')} {value}")
    click.echo(dim("\nFor your receiver's environment (also: epcc-emulator env):"))
    for name, value in receiver_environment(server).items():
        click.echo(f"  {name}={value}")
    if settings.webhook_timeout > _LONG_TIMEOUT:
        click.echo(
            dim(
                f"\nReceivers may take {settings.webhook_timeout:g} s; newer documentation says 10 s"
                " (--webhook-timeout 10s)."
            )
        )
    click.echo(f"\nNext: {strong('epcc-emulator trigger order.paid')}")


def facts(server: "RunningServer") -> list[tuple[str, str]]:
    """How it behaves, a line a fact."""
    settings = server.emulator.settings
    clock = str(settings.clock.mode) + (
        f", {settings.clock.speed:g} times as fast" if settings.clock.speed != 1 else ""
    )
    remote = ", ".join(settings.allow_remote)
    told = [
        ("profile", server.emulator.profile),
        ("seed", str(settings.seed)),
        ("clock", clock),
        ("data", "nothing is kept" if settings.data_dir is None else str(settings.data_dir)),
        ("auth", f"{settings.auth}; client {settings.client_id}, secret {settings.store_secret}"),
        ("remote", f"delivery allowed to {remote}" if remote else "delivery blocked (--allow-remote GLOB)"),
    ]
    if server.ca_file is not None:
        told.append(("trust", str(server.ca_file)))
    return told


def receiver_environment(server: "RunningServer") -> dict[str, str]:
    """What a receiver that calls back, or reads a queue, needs to know."""
    settings = server.emulator.settings
    return {
        "EPCC_API_BASE_URL": server.url,
        "EPCC_CLIENT_ID": settings.client_id,
        "EPCC_CLIENT_SECRET": settings.store_secret,
        **server.emulator.queues.environment(),
    }


async def tell_reachability(server: "RunningServer") -> None:
    """Whether each receiver that is registered and enabled is there."""
    from emulator.domain.integration import WebhookConfiguration
    from emulator.harness.reachability import reachability

    allowed = server.emulator.settings.allow_remote
    for integration in server.emulator.integrations():
        target = integration.configuration
        if not integration.enabled or not isinstance(target, WebhookConfiguration):
            continue
        found = await asyncio.to_thread(reachability, target.url, allowed)
        if found.reachable:
            note(f"Receiver {integration.name} at {target.url}: {good('reachable')}")
        else:
            shade = bad if found.problem and found.problem.startswith("Blocked") else warning
            note(f"Receiver {integration.name} at {target.url}: {shade(found.problem or '')}")
