"""HAR: everything that was sent, as an HTTP archive."""

import json

from emulator.core.har import har
from emulator.core.verdict import Judgement
from emulator.harness.scenario_run import Played
from emulator.loading.versions import package_version


def har_text(judgement: Judgement, played: Played) -> str:
    """Of all deliveries; the verdict, and why, is the archive's comment."""
    archive = har(played.details, version=package_version())
    said = "; ".join(finding.sentence for finding in judgement.failed)
    archive["log"]["comment"] = f"{played.scenario.name}: {judgement.verdict}{f'; {said}' if said else ''}"
    return json.dumps(archive, ensure_ascii=False, indent=1) + "\n"
