"""`--report`: which reports are written, and where."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from emulator.core.verdict import Judgement
    from emulator.harness.reports import Report
    from emulator.harness.scenario_run import Played


class ReportType(click.ParamType["tuple[Report, ...]"]):
    """`junit=results.xml,github`."""

    name = "report"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "tuple[Report, ...]":
        if isinstance(value, tuple):
            return value
        from emulator.harness.reports import parse_reports

        try:
            return parse_reports(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


report_option = click.option(
    "--report",
    "asked",
    multiple=True,
    type=ReportType(),
    metavar="KIND[=FILE],...",
    help="Write junit=FILE, html=FILE, ndjson=FILE or har=FILE, or print annotations for github.",
)


def reports_of(asked: "Sequence[tuple[Report, ...]]", *, as_json: bool = False) -> "tuple[Report, ...]":
    """All of them. Raises a usage error where JSON and a report would be printed into each other."""
    reports = tuple(report for some in asked for report in some)
    if as_json and any(report.file is None for report in reports):
        raise click.UsageError("--json and --report github both print; name a file: --report github=FILE")
    return reports


def write_reports(reports: "Sequence[Report]", judgement: "Judgement", played: "Played") -> None:
    """Their directories are made. Raises EnvironmentFault for a file that cannot be written."""
    for report in reports:
        text = report.kind.write(judgement, played)
        if report.file is None:
            click.echo(text, nl=False)
            continue
        try:
            Path(report.file).parent.mkdir(parents=True, exist_ok=True)
            Path(report.file).write_text(text, encoding="utf-8", errors="replace")
        except OSError as error:
            raise EnvironmentFault(f"the report {report.file} cannot be written: {error.strerror or error}") from None
