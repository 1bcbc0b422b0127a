"""NDJSON: the run, its deliveries and attempts, those of the run without faults that it was compared with, the findings
and the verdict, one a line, each with its `type`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.core.verdict import Judgement
from emulator.domain.moment import to_micros
from emulator.harness.scenario_run import Played


def ndjson(judgement: Judgement, played: Played) -> str:
    """The first line is the run, the last one the judgement."""
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in _lines(judgement, played))


def _lines(judgement: Judgement, played: Played) -> Iterator[Mapping[str, Any]]:
    scenario = played.scenario
    yield {
        "type": "run",
        "scenario": scenario.name,
        "seed": scenario.seed,
        "profile": scenario.profile,
        "began": to_micros(played.began),
        "settled": played.settled,
        "events": played.events,
    }
    for delivery in played.deliveries:
        yield {"type": "delivery", **delivery}
    for attempt in played.attempts:
        yield {"type": "attempt", **attempt}
    for attempt in () if played.baseline is None else played.baseline.attempts:
        yield {"type": "baseline_attempt", **attempt}
    for finding in judgement.findings:
        yield {"type": "finding", **finding.document()}
    document = judgement.document()
    yield {"type": "judgement", **{name: value for name, value in document.items() if name != "findings"}}
