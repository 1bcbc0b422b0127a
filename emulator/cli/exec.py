"""`exec`: a command with an emulator of its own."""

import os
import subprocess
from typing import TYPE_CHECKING

import click

from emulator.cli.console import note
from emulator.cli.lazy import command
from emulator.cli.notices import tell_notices
from emulator.cli.server_options import behaviour_options
from emulator.domain.errors import UserError

if TYPE_CHECKING:
    from emulator.runtime.settings import Settings

_SIGNALLED = 128
_GRACE = 10.0  # seconds a command has to end when we are ended


@command(
    "exec",
    context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False},
    examples={
        "epcc-emulator exec -- npm test": "tests that read EPCC_API_BASE_URL",
        "epcc-emulator exec --profile documented --speed 600 -- pytest": "under the provider's worst manners",
        "epcc-emulator exec --sqs --stomp -- npm test": "with an SQS server and a STOMP broker",
    },
)
@click.argument("words", metavar="CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
@behaviour_options
def exec_(settings: "Settings", words: tuple[str, ...]) -> int:
    """Run CMD with an emulator of its own, and answer with CMD's exit code.

    The emulator takes a free port, keeps nothing, and is ready before CMD starts. CMD finds it by EPCC_API_BASE_URL,
    EPCC_CLIENT_ID, EPCC_CLIENT_SECRET and EPCC_EMULATOR_URL in its environment; with --sqs the queues by
    AWS_ENDPOINT_URL_SQS and AWS's other variables, with --stomp the broker by STOMP_HOST, STOMP_PORT, STOMP_LOGIN and
    STOMP_PASSCODE.
    """
    from emulator.harness.client import ControlClient
    from emulator.harness.local import LocalEmulator

    tell_notices()
    with LocalEmulator(settings) as local:
        with ControlClient(local.url) as client:
            environment = client.environment()
        code = run_command(words, environment)
    outcome = f"was ended by signal {code - _SIGNALLED}" if code > _SIGNALLED else f"ended with {code}"
    note(f"epcc-emulator exec: {words[0]} {outcome}")
    return code


def run_command(words: tuple[str, ...], environment: dict[str, str]) -> int:
    """Its exit code, 128 and more for a signal as shells have it. Ends the command when we are ended."""
    try:
        process = subprocess.Popen(words, env={**os.environ, **environment})  # noqa: S603  the user's own command
    except FileNotFoundError:
        raise UserError(f"there is no command '{words[0]}'") from None
    except OSError as error:
        raise UserError(f"'{words[0]}' cannot be run: {error.strerror}") from None
    try:
        code = _waited(process)
    except BaseException:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    return code if code >= 0 else _SIGNALLED - code


def _waited(process: "subprocess.Popen[bytes]") -> int:
    """A terminal's Ctrl-C reaches the command too; how it ends is then its own affair."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
