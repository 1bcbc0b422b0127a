"""`exec`: a command with an emulator of its own, and, with a scenario, a verdict."""

import os
import shlex
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from emulator.cli.console import note, print_json_line
from emulator.cli.lazy import command
from emulator.cli.notices import tell_notices
from emulator.cli.reports import report_option, reports_of, write_reports
from emulator.cli.server_options import behaviour_options
from emulator.cli.verdict import EXIT_CODES, tell_judgement
from emulator.domain.errors import UserError

if TYPE_CHECKING:
    from emulator.core.scenario import Scenario
    from emulator.harness.reports import Report
    from emulator.runtime.settings import Settings

_SIGNALLED = 128
_GRACE = 10.0  # seconds a command has to end when we are ended
_SCENARIOS_OWN = ("profile", "clock", "speed", "start", "webhook_timeout")


@command(
    "exec",
    context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False},
    examples={
        "epcc-emulator exec -- npm test": "tests that read EPCC_API_BASE_URL",
        "epcc-emulator exec --profile documented --speed 600 -- pytest": "under the provider's worst manners",
        "epcc-emulator exec --sqs --stomp -- npm test": "with an SQS server and a STOMP broker",
        "epcc-emulator exec --scenario mine.yaml -- npm test": "after a scenario was played, which is judged",
    },
)
@click.option("--scenario", "name", metavar="SCENARIO", help="Play this, a name or a file, before CMD; judge it after.")
@report_option
@click.option("--exit-first", is_flag=True, help="Look at no expectation after one that failed.")
@click.option("--json", "as_json", is_flag=True, help="Print what it came to as a line of JSON, after CMD's output.")
@click.argument("words", metavar="CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
@behaviour_options
def exec_(
    settings: "Settings",
    words: tuple[str, ...],
    name: str | None,
    asked: "tuple[tuple[Report, ...], ...]",
    exit_first: bool,
    as_json: bool,
) -> int:
    """Run CMD with an emulator of its own, and answer with CMD's exit code.

    The emulator takes a free port, keeps nothing, and is ready before CMD starts. CMD finds it by EPCC_API_BASE_URL,
    EPCC_CLIENT_ID, EPCC_CLIENT_SECRET and EPCC_EMULATOR_URL in its environment; with --sqs the queues by
    AWS_ENDPOINT_URL_SQS and AWS's other variables, with --stomp the broker by STOMP_HOST, STOMP_PORT, STOMP_LOGIN and
    STOMP_PASSCODE.

    With --scenario the scenario's receiver is started and the scenario is played; then CMD runs, and finds the receiver
    by RECEIVER_URL; and once nothing is left to send, what the scenario expects is judged. The exit code is CMD's where
    that is not 0, else the verdict's: 4 when an expectation failed, 5 when that cannot be said. The last line says
    whose it is.
    """
    reports = reports_of(asked, as_json=as_json)
    if name is not None:
        scenario = _scenario(name)
        again = ("epcc-emulator", "exec", "--scenario", name, "--seed", str(scenario.seed), "--", *words)
        return _with_scenario(
            scenario, settings, words, reports, reproduce=shlex.join(again), exit_first=exit_first, as_json=as_json
        )
    if reports or exit_first:
        raise click.UsageError("--report and --exit-first are about a scenario; name one with --scenario")
    from emulator.harness.client import ControlClient
    from emulator.harness.local import LocalEmulator

    tell_notices()
    with LocalEmulator(settings) as local:
        with ControlClient(local.url) as client:
            environment = client.environment()
        code = run_command(words, environment)
    if as_json:
        print_json_line(_came_to(words, code, code))
    note(f"epcc-emulator exec: {words[0]} {_outcome(code)}")
    return code


def _scenario(name: str) -> "Scenario":
    from emulator.cli.scenario import read_scenario

    context = click.get_current_context()
    given = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    for option in _SCENARIOS_OWN:
        if context.get_parameter_source(option) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"the scenario says that itself; leave --{option.replace('_', '-')} out")
    seed = context.params["seed"] if context.get_parameter_source("seed") in given else None
    return read_scenario(name, seed=seed)


def _with_scenario(
    scenario: "Scenario",
    settings: "Settings",
    words: tuple[str, ...],
    reports: "tuple[Report, ...]",
    *,
    reproduce: str,
    exit_first: bool,
    as_json: bool,
) -> int:
    from emulator.core.verdict import Verdict
    from emulator.harness.judging import judge
    from emulator.harness.scenario_run import settings_of, staged

    tell_notices()
    own = settings_of(scenario)
    settings = replace(
        settings,
        seed=own.seed,
        profile=own.profile,
        clock=own.clock,
        webhook_timeout=own.webhook_timeout,
        enabled_by_default=own.enabled_by_default,
    )
    with staged(scenario, settings=settings) as stage:
        settled = stage.play()
        code = run_command(words, stage.environment)
        # What CMD did may have to be sent still.
        settled = stage.settle() and settled
        played = stage.played(settled, details=any(report.kind.detailed for report in reports))
    judgement = judge(scenario, played, played.readings, reproduce=reproduce, exit_first=exit_first)
    tell_judgement(judgement, played)
    write_reports(reports, judgement, played)
    answer = code or EXIT_CODES[judgement.verdict]
    if as_json:
        print_json_line({**_came_to(words, code, answer), "judgement": judgement.document()})
    whose = "exits with CMD's code" if code else f"exits with the verdict's code, {answer}"
    whose = whose if code or judgement.verdict is not Verdict.PASS else "both are well"
    note(f"epcc-emulator exec: {words[0]} {_outcome(code)}, the verdict is {judgement.verdict}; {whose}")
    return answer


def _came_to(words: tuple[str, ...], code: int, answer: int) -> dict[str, Any]:
    """For JSON. `exit_code_of` says whose exit code it is."""
    of = "command" if code or not answer else "verdict"
    return {"command": list(words), "command_exit_code": code, "exit_code": answer, "exit_code_of": of}


def _outcome(code: int) -> str:
    return f"was ended by signal {code - _SIGNALLED}" if code > _SIGNALLED else f"ended with {code}"


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
