"""`import`: what the real service once sent, loaded into the shop; and kept, as fixtures or to be replayed."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import good, note, print_json, strong, warning
from emulator.cli.lazy import command
from emulator.cli.options import connect, data_dir_option, json_option, url_option
from emulator.domain.errors import InvalidInput

if TYPE_CHECKING:
    from emulator.cli.capture_file import CaptureFile

_FATES = ("loaded", "deleted", "known", "passed")


@command(
    "import",
    examples={
        "epcc-emulator import production.jsonl": "call-backs with production's ids are answered from now on",
        "epcc-emulator import - --redact --save clean.jsonl < production.jsonl": "and kept, with other people in it",
        "epcc-emulator import production.jsonl --fixtures fixtures": "what your resources look like, to edit and reuse",
        "epcc-emulator replay clean.jsonl --forward-to localhost:8000/hook": "send what was kept again",
    },
)
@click.argument("file", metavar="FILE", type=click.Path(exists=True, allow_dash=True))
@click.option("--sent-to", metavar="KEY", help="Of a journal: what was sent to this integration.")
@click.option("--redact", is_flag=True, help="Replace names, e-mail addresses, phone numbers and street addresses.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the messages, a line each and without secrets, for `replay`.",
)
@click.option(
    "--fixtures",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write what the resources look like as fixtures, for `--fixtures` of a server.",
)
@click.option("--load/--no-load", default=True, help="Load the resources into a running emulator  [default: yes]")
@url_option
@data_dir_option
@json_option
def import_(
    file: str,
    sent_to: str | None,
    redact: bool,
    save: Path | None,
    fixtures: Path | None,
    load: bool,
    url: str | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Read messages of the real service from FILE (- is standard input), and load what they tell of into the shop.

    Takes webhook bodies and CloudEvents as JSON: one, a list, or a line each; also inside what a queue, a function or a
    recorder of requests put around them. FILE may be a journal, too. Secrets are taken out, and no events are raised.
    """
    from emulator.cli.capture_file import CaptureFile

    if not load and save is None and fixtures is None:
        raise click.UsageError("--no-load leaves nothing to do; add --save FILE or --fixtures DIR")
    capture = CaptureFile.read(file, sent_to=sent_to)
    if redact:
        capture = capture.redacted()
    report: dict[str, Any] = capture.summary()
    if not as_json:
        capture.tell()
    if load:
        report["loaded"] = _load(capture, url, data_dir)
        if not as_json:
            _tell_loaded(report["loaded"])
    if save is not None:
        capture.save(save)
        report["saved"] = str(save)
    if fixtures is not None:
        report["fixtures"] = [str(path) for path in _write_fixtures(capture, fixtures)]
    if as_json:
        print_json(report)
    else:
        _tell_kept(report, save, fixtures)


def _load(capture: "CaptureFile", url: str | None, data_dir: Path | None) -> dict[str, Any]:
    from emulator.cli.capture_file import as_sent

    total: Counter[str] = Counter()
    resources: Counter[str] = Counter()
    with connect(url, data_dir) as client:
        for page in capture.pages():
            done = client.load([as_sent(one) for one in page])
            total.update({fate: done[fate] for fate in _FATES})
            resources.update(done["resources"])
    return {**{fate: total[fate] for fate in _FATES}, "resources": dict(sorted(resources.items()))}


def _write_fixtures(capture: "CaptureFile", folder: Path) -> list[Path]:
    """One file for each type, of the newest of its resources that a message shows whole."""
    import orjson

    from emulator.cli.capture_file import write_new
    from emulator.loading.captured_fixture import captured_fixture
    from emulator.store.kinds import KINDS

    newest = {one.recording.resource_type: one for one in capture.messages if not one.recording.deletion}
    written = []
    for type, one in sorted(newest.items()):
        form = KINDS.forms.get(type) or (KINDS.form_of(type) if KINDS.get(type) else None)
        payload = orjson.loads(one.recording.payload)
        items = (payload.get("included") or {}).get("items") or [None]
        try:
            if form is None:
                raise InvalidInput("the shop makes none")
            text = captured_fixture(type, form, payload.get("data", payload), items[0])
        except InvalidInput as error:
            note(warning(f"{capture.name}:{one.line}: no fixture was written for {type}: {error}"))
            continue
        if text is None:
            note(f"{type} looks like the fixture that comes with the emulator, so none was written.")
            continue
        path = folder / f"{type}.yaml"
        write_new(path, text)
        written.append(path)
    return written


def _tell_loaded(done: dict[str, Any]) -> None:
    things = ", ".join(f"{count} {type}" for type, count in done["resources"].items()) or "nothing"
    click.echo(f"{good('Loaded')} {things}.")
    if done["known"]:
        click.echo(f"{done['known']} messages told of nothing newer than what is here.")
    if done["passed"]:
        click.echo(f"{done['nameless']} messages told of nothing that the shop keeps.")


def _tell_kept(report: dict[str, Any], save: Path | None, fixtures: Path | None) -> None:
    if save is not None:
        click.echo(f"{good('Kept')} in {save}. Next: {strong(f'epcc-emulator replay {save} --forward-to URL')}")
    for path in report.get("fixtures", ()):
        click.echo(f"{good('Wrote')} {path}")
    if report.get("fixtures"):
        click.echo(f"Next: {strong(f'epcc-emulator serve --fixtures {fixtures}')}")
