"""HTML: the run as one page, to be read from where CI keeps it."""

from emulator.core.report.page import report_page
from emulator.core.report.run_report import RunReport
from emulator.core.verdict import Judgement, Verdict
from emulator.harness.scenario_run import Played
from emulator.loading.versions import package_version


def html(judgement: Judgement, played: Played) -> str:
    """The verdict, the order of deliveries as a picture, and all of them. A run of which nothing was expected has
    passed nothing, and says that it was played."""
    scenario = played.scenario
    nothing = not judgement.findings and judgement.verdict is Verdict.PASS
    return report_page(
        RunReport(
            scenario=scenario.name,
            seed=scenario.seed,
            version=package_version(),
            settled=played.settled,
            description=scenario.description,
            verdict="" if nothing else str(judgement.verdict),
            findings=[finding.document() for finding in judgement.findings],
            remarks=judgement.remarks,
            reproduce=judgement.reproduce,
            events=sorted(played.happened, key=lambda one: str(one["at"])),
            deliveries=sorted(played.details, key=lambda one: int(one["number"])),
        )
    )
