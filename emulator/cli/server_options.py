"""The options of every command that starts a server, and the settings that come of them."""

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.params import DURATION, INSTANT, PROFILE, RATE, SIZE
from emulator.domain.moment import END_OF_TIME, FASTEST, SECOND, SLOWEST

if TYPE_CHECKING:
    from emulator.runtime.settings import Settings

DEFAULT_SEED = 1
DEFAULT_DATA_DIR = Path(".epcc-emulator")


def option(name: str, *more: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A click option that may also come from EPCC_EMULATOR_<NAME>."""
    variable = f"EPCC_EMULATOR_{name.partition('/')[0].removeprefix('--').replace('-', '_').upper()}"
    return click.option(name, *more, envvar=variable, **attributes)


BEHAVIOUR = (
    option(
        "--seed", type=click.IntRange(0), default=DEFAULT_SEED, show_default=True, help="What chance and ids follow."
    ),
    option(
        "--profile", type=PROFILE, default="off", show_default=True, help="Chaos: a named profile, or a file of rules."
    ),
    option("--clock", type=click.Choice(["real", "scaled", "virtual"]), help="Emulated time  [default: real]"),
    option(
        "--speed",
        type=click.FloatRange(SLOWEST, FASTEST),
        help="Emulated seconds in a second; makes the clock scaled.",
    ),
    option("--start", type=INSTANT, help="Where a scaled or virtual clock begins  [default: 2026-01-01T00:00:00Z]"),
    option(
        "--auth",
        type=click.Choice(["lenient", "strict", "off"]),
        default="lenient",
        show_default=True,
        help="How bearer tokens are checked.",
    ),
    option("--client-id", default="epcc-emulator", show_default=True, help="The client id that gets tokens."),
    option("--client-secret", default="", help="Its secret  [default: follows from the seed]"),
    option(
        "--base-url",
        default="https://api.emulator.test",
        show_default=True,
        help="What links and event sources begin with.",
    ),
    option(
        "--rate-limit", type=RATE, metavar="N/s", help="Calls of the provider's API beyond it get a 429, as in 100/s."
    ),
    option(
        "--consistency-lag",
        type=DURATION,
        default="0s",
        show_default=True,
        help="How far reads of the shop are behind, in emulated time.",
    ),
    option("--allow-remote", multiple=True, metavar="GLOB", help="Host names beyond this machine that may be sent to."),
    option("--webhook-timeout", type=DURATION, default="30s", show_default=True, help="How long a receiver may take."),
    option("--retry-wait", multiple=True, type=DURATION, help="Waits between attempts  [default: 5s 30s 2m 5m 10m]"),
    option("--enabled", is_flag=True, help="Integrations are enabled where their creator does not say."),
    option(
        "--event-limit", type=click.IntRange(1), default=5, show_default=True, help="Events an integration may observe."
    ),
    option(
        "--integration-limit", type=click.IntRange(1), default=100, show_default=True, help="Integrations there may be."
    ),
    option(
        "--transaction-type",
        type=click.Choice(["hyphen", "underscore"]),
        default="hyphen",
        show_default=True,
        help="Whether a transaction has transaction-type or transaction_type.",
    ),
    option(
        "--fixtures",
        type=click.Path(path_type=Path, file_okay=False),
        help="A directory of your own fixtures, laid over those that come with it.",
    ),
    option(
        "--sqs/--no-sqs", default=None, help="Start the embedded SQS server at once, or never  [default: if needed]"
    ),
    option("--sqs-port", type=click.IntRange(0, 65535), help="Its port  [default: as last time, else 3723]"),
    option("--sqs-endpoint", metavar="URL", help="Another SQS server to use in its place."),
    option(
        "--stomp/--no-stomp",
        default=None,
        help="Start a STOMP broker of its own at once, or never  [default: if needed]",
    ),
    option("--stomp-port", type=click.IntRange(0, 65534), help="Its port  [default: as last time, else 61613]"),
    option(
        "--stomp-behaviour",
        type=click.Choice(["activemq", "rabbitmq"]),
        default="activemq",
        show_default=True,
        help="Whose manners it has.",
    ),
    option("--stomp-tls", is_flag=True, help="It listens for stomp+ssl too, on the next port."),
    option("--body-limit", type=SIZE, default="1MiB", show_default=True, help="Largest request that is read."),
)
PLACE = (
    option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    option(
        "--port",
        type=click.IntRange(0, 65535),
        default=3722,
        show_default=True,
        help="Port to listen on; 0 takes a free one.",
    ),
    option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_DATA_DIR,
        show_default=True,
        help="Where state is kept.",
    ),
    option("--ephemeral", is_flag=True, help="Keep nothing."),
    option("--history", type=SIZE, default="1GB", show_default=True, help="How much settled history is kept."),
    option("--allowed-host", multiple=True, metavar="NAME", help="Further host names the control API answers to."),
    option("--tls", is_flag=True, help="Serve https with a certificate authority of its own."),
)


def behaviour_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options about how the server behaves; the command gets them as `settings`, for a server that keeps nothing."""
    return _collected(command, BEHAVIOUR)


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Those, and where it listens and keeps its state."""
    return _collected(command, (*PLACE, *BEHAVIOUR))


def _collected(command: Callable[..., Any], options: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    @wraps(command)
    def collecting(*args: Any, **values: Any) -> Any:
        names = {parameter.name for parameter in click.get_current_context().command.params} & _NAMES
        settings = settings_of({name: values.pop(name) for name in names})
        return command(*args, settings=settings, **values)

    decorated: Callable[..., Any] = collecting
    for add in reversed(options):
        decorated = add(decorated)
    return decorated


_NAMES = {
    *("seed", "profile", "clock", "speed", "start", "auth", "client_id", "client_secret", "base_url", "allow_remote"),
    *("webhook_timeout", "retry_wait", "event_limit", "integration_limit", "body_limit", "enabled"),
    *("transaction_type", "fixtures", "rate_limit", "consistency_lag"),
    *("sqs", "sqs_port", "sqs_endpoint", "stomp", "stomp_port", "stomp_behaviour", "stomp_tls"),
    *("host", "port", "data_dir", "ephemeral", "history", "allowed_host", "tls"),
}


def settings_of(values: Mapping[str, Any]) -> "Settings":
    """Settings from options. Raises a usage error where two of them contradict each other."""
    from emulator.runtime.settings import AuthMode, Settings, TransactionType

    given = {name: values[name] for name in ("host", "port", "tls") if name in values}
    if "data_dir" in values and not values["ephemeral"]:
        given["data_dir"] = values["data_dir"]
    if "history" in values:
        given["history_bytes"] = values["history"]
    if values.get("retry_wait"):
        given["retry_waits"] = tuple(values["retry_wait"])
    return Settings(
        seed=values["seed"],
        profile=values["profile"],
        clock=_clock(values["clock"], values["speed"], values["start"]),
        auth=AuthMode(values["auth"]),
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        base_url=values["base_url"].rstrip("/"),
        allow_remote=tuple(values["allow_remote"]),
        allowed_hosts=tuple(values.get("allowed_host", ())),
        webhook_timeout=values["webhook_timeout"] / SECOND,
        event_limit=values["event_limit"],
        integration_limit=values["integration_limit"],
        body_limit=values["body_limit"],
        enabled_by_default=values["enabled"],
        transaction_type=TransactionType(values["transaction_type"]),
        rate_limit=values["rate_limit"],
        consistency_lag=values["consistency_lag"],
        fixtures=values["fixtures"],
        queues=_queues(values),
        **given,
    )


def _queues(values: Mapping[str, Any]) -> Any:
    from emulator.core.masking import masked_address
    from emulator.runtime.settings import QueueSettings
    from emulator.runtime.stomp.behaviour import BrokerBehaviour

    endpoint = values["sqs_endpoint"]
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        shown = masked_address(endpoint)
        raise click.UsageError(f"--sqs-endpoint is a URL such as http://localhost:9324, not '{shown}'")
    if endpoint is not None and "@" in endpoint:
        raise click.UsageError("--sqs-endpoint has a login, which no server of SQS takes; leave it out")
    return QueueSettings(
        sqs=values["sqs"],
        sqs_port=values["sqs_port"],
        sqs_endpoint=endpoint,
        stomp=values["stomp"],
        stomp_port=values["stomp_port"],
        stomp_behaviour=BrokerBehaviour(values["stomp_behaviour"]),
        stomp_tls=values["stomp_tls"],
    )


def _clock(mode: str | None, speed: float | None, start: int | None) -> Any:
    from emulator.runtime.settings import ClockMode, ClockSettings

    chosen = ClockMode(mode) if mode else ClockMode.SCALED if speed is not None else ClockMode.REAL
    if speed is not None and chosen is not ClockMode.SCALED:
        raise click.UsageError(f"--speed is for a scaled clock; this one is {chosen}")
    if start is not None and chosen is ClockMode.REAL:
        raise click.UsageError("--start is for a scaled or virtual clock; a real one shows the time it is")
    if start is not None and start > END_OF_TIME:
        raise click.UsageError("--start is beyond the year 9997, where our calendar ends")
    begun = {} if start is None else {"start": start}
    return ClockSettings(mode=chosen, speed=1.0 if speed is None else speed, **begun)
