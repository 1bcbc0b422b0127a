"""`replay`: what the real service once sent, sent again as it was; or a run that was judged, judged again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from emulator.cli.console import bad, dim, good, note, print_json, strong
from emulator.cli.lazy import command
from emulator.cli.options import connect, data_dir_option, json_option, url_option
from emulator.cli.params import ADDRESS
from emulator.domain.errors import EnvironmentFault
from emulator.domain.moment import SECOND

if TYPE_CHECKING:
    from emulator.cli.capture_file import CaptureFile
    from emulator.harness.client import ControlClient

NAME = "replay"
"""What the registration is called that lasts as long as a replay to an address."""

_SHOWN = 20


@command(
    "replay",
    examples={
        "epcc-emulator replay capture.jsonl --forward-to http://localhost:8000/hook": "one after the other, in order",
        "epcc-emulator replay capture.jsonl --integration erp --speed 60": "an hour of it in a minute",
        "epcc-emulator replay ./monday --forward-to localhost:8000/hook": "what a run or a server sent",
        "epcc-emulator replay orders-7-3f2a": "a case that a failed run has saved: is it fixed?",
        "epcc-emulator import production.jsonl --redact --save capture.jsonl": "where a capture comes from",
    },
)
@click.argument("file", metavar="FILE | CASE")
@click.option("--sent-to", metavar="KEY", help="Of a journal: what was sent to this integration.")
@click.option("--forward-to", type=ADDRESS, metavar="URL", help="A webhook's receiver.")
@click.option("--integration", metavar="KEY", help="An integration there is: its key or id.")
@click.option(
    "--speed",
    type=click.FloatRange(0.001, 1_000_000),
    metavar="N",
    help="At the recorded pace, N times as fast; without it, each when the one before was answered.",
)
@click.option("--secret", help="The secret_key that messages carry, with --forward-to.")
@click.option("--repeat", type=click.IntRange(1, 1000), metavar="N", help="Of a case: run it so many times; 1.")
@url_option
@data_dir_option
@json_option
def replay(
    file: str,
    sent_to: str | None,
    forward_to: str | None,
    integration: str | None,
    speed: float | None,
    secret: str | None,
    repeat: int | None,
    url: str | None,
    data_dir: Path | None,
    as_json: bool,
) -> int:
    """Send the messages of FILE (- is standard input) again: the same bodies, job ids, attempts and order. Or run CASE
    again, and say whether it is fixed.

    FILE is what `import` reads or has saved; or a journal (the directory that `run --data-dir` or a server has kept),
    of which everything is sent that was sent then, retries and copies as well, and as damaged as then. Only the secret
    and the receiver's address are put in. No chaos rule acts on them, and nothing is retried but what was retried then.

    CASE is the name or the file of a run that was judged: its scenario is played again by its plan, with the same
    bodies, on an emulator of its own. Exits 0 when it is fixed, 4 when it still fails, 5 when that cannot be said.
    """
    from emulator.loading.case_file import find_case

    if find_case(file) is not None:
        from emulator.cli.replayed_case import replay_case

        others = {
            "--sent-to": sent_to,
            "--integration": integration,
            "--speed": speed,
            "--secret": secret,
            "--url": url,
        }
        for option, given in {**others, "--data-dir": data_dir}.items():
            if given is not None:
                raise click.UsageError(f"{option} is not for cases: a case is run on an emulator of its own")
        return replay_case(file, forward_to, repeat or 1, as_json=as_json)
    if file != "-" and not Path(file).exists():
        raise click.UsageError(f"there is no file {file}, and no case of this name{_near(file)}")
    if repeat is not None:
        raise click.UsageError("--repeat is for cases; what a file holds is sent once")
    if (forward_to is None) == (integration is None):
        raise click.UsageError("where to? Name a receiver with --forward-to URL, or an integration with --integration")
    if secret is not None and forward_to is None:
        raise click.UsageError("--secret is for --forward-to; an integration has its own")
    from emulator.cli.capture_file import CaptureFile

    capture = CaptureFile.read(file, sent_to=sent_to)
    capture.tell_skipped()
    pace = None if speed is None else _Pace(speed, _after(capture))
    with connect(url, data_dir) as client:
        _replay_file(client, capture, forward_to, integration, pace, secret, as_json=as_json)
    return 0


def _near(word: str) -> str:
    from emulator.domain.errors import nearest
    from emulator.loading.case_file import case_names

    return nearest(word, case_names())


class _Pace(NamedTuple):
    """How many times as fast, and how long after the first each message was recorded, in seconds."""

    speed: float
    after: list[float]


def _replay_file(
    client: "ControlClient",
    capture: "CaptureFile",
    forward_to: str | None,
    integration: str | None,
    pace: _Pace | None,
    secret: str | None,
    *,
    as_json: bool,
) -> None:
    with _target(client, forward_to, integration, secret) as key:
        _check(capture, client, key)
        rows = []
        for row in _sent(client, capture, key, pace):
            rows.append(row)
            if not as_json:
                _tell(row)
    if as_json:
        print_json(rows)
    else:
        _tell_all(client, rows, forward_to or key)


@contextmanager
def _target(
    client: "ControlClient", forward_to: str | None, integration: str | None, secret: str | None
) -> Iterator[str]:
    """The key of the integration; one that is registered for this, and hears of nothing else, is removed again."""
    if integration is not None:
        yield integration
        return
    made = client.ensure_integration(
        NAME,
        description="epcc-emulator replay",
        integration_type="webhook",
        observes=[],
        configuration={"url": forward_to, "secret_key": secret or _secret_of(client, forward_to)},
        enabled=True,
    )
    key: str = made["data"]["key"]
    try:
        yield key
    finally:
        try:
            client.delete_integration(key)
        except EnvironmentFault:
            note("The emulator has stopped; the registration 'replay' stays in its data directory.")


def _secret_of(client: "ControlClient", address: str | None) -> str:
    """That of the integration that delivers there already, so that a receiver's configuration stays right."""
    there = (one["configuration"] for one in client.integrations() if one["integration_type"] == "webhook")
    found = next((each.get("secret_key") for each in there if each["url"] == address), None)
    return found or ""


def _check(capture: "CaptureFile", client: "ControlClient", key: str) -> None:
    """Whether all of it can go there, before anything does. The server refuses what we do not know of."""
    from emulator.domain.recording import RecordedForm

    target = next((one for one in client.integrations() if key in (one["key"], one["id"])), None)
    if target is None:
        return
    webhook = target["integration_type"] == "webhook"
    strange = [one for one in capture.messages if (one.recording.form is RecordedForm.WEBHOOK) is not webhook]
    if strange:
        first = strange[0]
        takes = "webhook bodies" if webhook else "CloudEvents"
        raise click.UsageError(
            f"{capture.name}:{first.line}: this is a {first.recording.form} and '{target['key']}' gets {takes}; "
            f"{len(strange)} of {len(capture.messages)} messages cannot go there as they were, so nothing was sent"
        )


def _sent(client: "ControlClient", capture: "CaptureFile", key: str, pace: _Pace | None) -> Iterator[dict[str, Any]]:
    """The deliveries, as they are answered."""
    from emulator.cli.capture_file import as_sent

    after = iter(() if pace is None else pace.after)
    paced: dict[str, Any] = {} if pace is None else {"speed": pace.speed}
    for page in capture.pages():
        messages = [{**as_sent(one), "after": next(after, 0)} for one in page]
        done = client.replay(messages, key, **paced)
        if pace is not None:
            paced["start"] = done["start"]
        yield from done["data"]


def _after(capture: "CaptureFile") -> list[float]:
    """How long after the first each message was recorded, in seconds; one that does not say goes with the one before,
    and none overtakes another."""
    times = [one.recording.at for one in capture.messages]
    first = next((at for at in times if at is not None), None)
    if first is None:
        raise click.UsageError(f"{capture.name} does not tell when its messages came; leave --speed out")
    latest = first
    found = []
    for at in times:
        latest = latest if at is None else max(latest, at)
        found.append((latest - first) / SECOND)
    return found


def _tell(row: dict[str, Any]) -> None:
    succeeded = row["state"] == "succeeded"
    state = good(row["state"]) if succeeded else bad(row["state"])
    click.echo(f"{state:<20} {row['event_key']:<20} #{row['attempts']}  {dim(row['job_id'])}")


def _tell_all(client: "ControlClient", rows: list[dict[str, Any]], target: str) -> None:
    failed = [row for row in rows if row["state"] != "succeeded"]
    for row in failed[:_SHOWN]:
        attempts = client.attempts(delivery=row["number"], limit=1)["data"]
        why = attempts[0]["error"] if attempts else "it was not sent"
        note(bad(f"{row['event_key']} of job {row['job_id']}, attempt {row['attempts']}: {why}"))
    click.echo(f"Replayed {len(rows)} messages to {strong(target)}: {len(rows) - len(failed)} were accepted.")
