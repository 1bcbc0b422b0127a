"""Reports of a judged run, one kind a file, and the table of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulator.core.verdict import Judgement
from emulator.domain.errors import nearest
from emulator.harness.reports.github import github
from emulator.harness.reports.har import har_text
from emulator.harness.reports.html import html
from emulator.harness.reports.junit import junit
from emulator.harness.reports.ndjson import ndjson
from emulator.harness.scenario_run import Played

Write = Callable[[Judgement, Played], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`write` makes its text. One that is `printed` needs no file; `detailed` needs all that is known of deliveries."""

    write: Write
    printed: bool = False
    detailed: bool = False


REPORTS: Mapping[str, Kind] = {
    "junit": Kind(write=junit),
    "github": Kind(write=github, printed=True),
    "ndjson": Kind(write=ndjson),
    "har": Kind(write=har_text, detailed=True),
    "html": Kind(write=html, detailed=True),
}
"""What can be asked for, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that is asked for; `file` is None where it is printed."""

    name: str
    file: str | None

    @property
    def kind(self) -> Kind:
        return REPORTS[self.name]


def parse_reports(text: str) -> tuple[Report, ...]:
    """`junit=results.xml,github`. Raises ValueError with a sentence."""
    reports = []
    for word in text.split(","):
        name, sign, file = (part.strip() for part in word.partition("="))
        if name not in REPORTS:
            raise ValueError(f"unknown report '{name}'{nearest(name, REPORTS)}")
        if not file and (sign or not REPORTS[name].printed):
            raise ValueError(f"a report of {name} needs a file; write {name}=FILE")
        reports.append(Report(name=name, file=file or None))
    return tuple(reports)
