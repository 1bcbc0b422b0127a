"""The command `epcc-emulator`: the root of the commands, and the one place that turns errors into exit codes."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from emulator.cli.commands import SECTIONS
from emulator.cli.lazy import LazyGroup
from emulator.cli.termination import Terminated, raise_on_termination
from emulator.domain.errors import EmulatorError, EnvironmentFault, nearest

PROGRAM = "epcc-emulator"
BROKEN_PIPE = 141
INTERRUPTED = 130
TERMINATED = 143


class ReaderGone(BaseException):
    """Whoever read our output has closed the pipe."""


class Root(LazyGroup):
    """The root group; carries a closed pipe past click, which would end the process with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise ReaderGone from None
        return result


@click.group(
    PROGRAM,
    cls=Root,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    examples={
        f"{PROGRAM} demo": "see what it does, before anything else",
        f"{PROGRAM} listen --forward-to http://localhost:8000/hook": "deliver to the receiver you are writing",
        f"{PROGRAM} trigger order.paid": "raise an event, from another terminal",
    },
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    envvar="EPCC_EMULATOR_CONFIG",
    help="Configuration file; without it, epcc-emulator.yaml of this directory, if there is one.",
)
@click.version_option(package_name="epcc-integrations-emulator", prog_name=PROGRAM)
@click.pass_context
def root(ctx: click.Context, config_file: Path | None) -> None:
    """A shop on your laptop that sends Elastic Path integration events as badly as the real one is allowed to.

    Options come from the command line, else from EPCC_EMULATOR_<OPTION> in the environment, else from
    epcc-emulator.yaml.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    ctx.default_map = configured_defaults(config_file)


def configured_defaults(config_file: Path | None) -> dict[str, Any]:
    """The configuration file as click's defaults, by command. Raises InvalidInput with file, line and key."""
    path = config_file or Path("epcc-emulator.yaml")
    if config_file is None and not path.exists():
        return {}
    from emulator.loading.configuration import load_configuration

    configuration = load_configuration(path)
    place = {"data_dir": configuration.server["data_dir"]} if "data_dir" in configuration.server else {}
    defaults: dict[str, Any] = {name: place for section in SECTIONS.values() for name in section}
    for name in ("chaos", "clock", "integrations", "wait"):
        defaults[name] = Everywhere(place)
    looks = {("ascii_only" if name == "ascii" else name): value for name, value in configuration.tui.items()}
    defaults["serve"] = {**configuration.server, **looks}
    defaults["tui"] = {**place, **looks}
    defaults["exec"] = dict(configuration.server)
    defaults["listen"] = {**configuration.server, **configuration.listen}
    defaults["demo"] = {}
    return defaults


class Everywhere(dict[str, Any]):
    """Defaults of a group that are those of each of its commands too."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, default if key in ("data_dir",) else self)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The entry point. Never shows a traceback for a user's mistake, a stopped process or a closed pipe."""
    raise_on_termination()
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line and answer its exit code: 0 ok, 1 command line, 2 a file is invalid, 3 we failed."""
    try:
        return _invoke(args)
    except ReaderGone:
        # Python would complain again when it flushes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED


def _invoke(args: Sequence[str] | None) -> int:
    try:
        status = root.main(args, PROGRAM, standalone_mode=False)
    except click.exceptions.NoSuchOption as error:
        _explain_option(error)
        return 1
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        if isinstance(error, click.BadParameter):
            _name_variable(error)
        error.show()
        return 1
    except EmulatorError as error:
        click.echo(f"{PROGRAM}: {error.sentence}", err=True)
        return error.exit_code
    except PermissionError as error:
        if error.filename is None:
            raise
        click.echo(f"{PROGRAM}: {os.fsdecode(error.filename)} may not be looked at: {error.strerror}", err=True)
        return EnvironmentFault.exit_code
    return status if isinstance(status, int) else 0


def _name_variable(error: click.BadParameter) -> None:
    """A value that came from the environment is told by its variable; nobody has typed the option."""
    ctx, option = error.ctx, error.param
    if ctx is None or option is None or option.name is None or not isinstance(option.envvar, str):
        return
    if ctx.get_parameter_source(option.name) is click.core.ParameterSource.ENVIRONMENT:
        error.param_hint = f"{option.envvar} in the environment"


def _explain_option(error: click.exceptions.NoSuchOption) -> None:
    ctx = error.ctx
    known = [] if ctx is None else [name for parameter in ctx.command.get_params(ctx) for name in parameter.opts]
    click.UsageError(f"unknown option '{error.option_name}'{nearest(error.option_name, known)}", ctx).show()
