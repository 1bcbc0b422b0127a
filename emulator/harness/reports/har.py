"""HAR: everything that was sent, as an HTTP archive."""

import json

from emulator.core.har import har
from emulator.core.verdict import Judgement
from emulator.harness.scenario_run import Played
from emulator.loading.versions import package_version


def har_text(judgement: Judgement, played: Played) -> str:
    """Of all deliveries; the verdict is the archive's comment."""
    archive = har(played.details, version=package_version())
    archive["log"]["comment"] = f"{played.scenario.name}: {judgement.verdict}"
    return json.dumps(archive, ensure_ascii=False, indent=1) + "\n"
