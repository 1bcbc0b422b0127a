"""HTML: the run as one page, to be read from where CI keeps it."""

from dataclasses import replace

from emulator.core.report.page import report_page
from emulator.core.report.run_report import RunReport
from emulator.core.verdict import Judgement, Verdict
from emulator.harness.scenario_run import Played
from emulator.loading.versions import package_version


def html(judgement: Judgement, played: Played) -> str:
    """The verdict, the order of deliveries as a picture, and all of them. A run of which nothing was expected has
    passed nothing, and says that it was played; one that differs has the order without faults beside it."""
    scenario = played.scenario
    usual, differs = played.baseline, any(finding.differences for finding in judgement.findings)
    nothing = not judgement.findings and judgement.verdict is Verdict.PASS
    return report_page(
        replace(
            _plain(played),
            description=scenario.description,
            verdict="" if nothing else str(judgement.verdict),
            findings=[finding.document() for finding in judgement.findings],
            remarks=judgement.remarks,
            reproduce=judgement.reproduce,
            baseline=None if usual is None or not differs else _plain(usual),
        )
    )


def _plain(played: Played) -> RunReport:
    """What happened, whatever it comes to."""
    return RunReport(
        scenario=played.scenario.name,
        seed=played.scenario.seed,
        version=package_version(),
        settled=played.settled,
        events=sorted(played.happened, key=lambda one: str(one["at"])),
        deliveries=sorted(played.details, key=lambda one: int(one["number"])),
    )
