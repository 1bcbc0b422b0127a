"""`completion`: the script that makes a shell complete commands, options and event keys."""

import click

from emulator.cli.lazy import command

_PROGRAM = "epcc-emulator"
_VARIABLE = "_EPCC_EMULATOR_COMPLETE"


@command(
    "completion",
    examples={
        'eval "$(epcc-emulator completion bash)"': "for this shell; put it into ~/.bashrc for all",
        "epcc-emulator completion fish > ~/.config/fish/completions/epcc-emulator.fish": "for fish",
    },
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(ctx.find_root().command, {}, _PROGRAM, _VARIABLE)
    # `source` would ask the shell that runs us for its version; printing the script needs no shell.
    click.echo(script.source_template % script.source_vars())
