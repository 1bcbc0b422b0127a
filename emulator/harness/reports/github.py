"""GitHub: workflow commands that put a finding beside the scenario's line."""

import os
from pathlib import Path

from emulator.core.verdict import Finding, Judgement, Verdict
from emulator.harness.reports.place import place_of
from emulator.harness.scenario_run import Played


def github(judgement: Judgement, played: Played) -> str:
    """An error for each expectation that failed, a warning for each that is inconclusive, and the verdict."""
    lines = [_annotation(finding, judgement) for finding in judgement.failed]
    if not lines and judgement.verdict is not Verdict.PASS:
        lines = [f"::warning title={_property(played.scenario.name)}::{_data(' '.join(judgement.remarks))}"]
    if not lines:
        count = len(judgement.findings)
        lines = [f"::notice title={_property(played.scenario.name)}::all {count} expectations are met"]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, judgement: Judgement) -> str:
    level = "error" if finding.verdict is Verdict.FAIL else "warning"
    place = place_of(finding)
    where = (
        {}
        if place is None or place.file is None
        else {"file": _in_repository(place.file), "line": str(place.line), "col": str(place.column)}
    )
    properties = where | {"title": finding.expectation}
    said = [finding.sentence, *([f"nearest: {finding.nearest}"] if finding.nearest else []), *finding.seen]
    said += [f"Reproduce with: {judgement.reproduce}"] if judgement.reproduce else []
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {written}::" + _data("\n".join(said))


def _in_repository(file: str) -> str:
    """As the runner names it, which knows files by their path in the repository."""
    root = os.environ.get("GITHUB_WORKSPACE")
    path = Path(file).resolve()
    return str(path.relative_to(root)) if root and path.is_relative_to(root) else file


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
