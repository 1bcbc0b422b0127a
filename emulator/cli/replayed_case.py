"""`replay CASE`: whether a run that failed is fixed."""

import click

from emulator.cli.case import ready, tell_again
from emulator.cli.console import bad, good, print_json, strong, warning
from emulator.cli.verdict import EXIT_CODES, tell_judgement
from emulator.core.verdict import Verdict


def replay_case(word: str, forward_to: str | None, times: int, *, as_json: bool) -> int:
    """Runs the case again, so many times; the exit code of its verdict."""
    from emulator.harness.shrinking.shrink import again

    given = ready(word, forward_to)
    with given.trials() as trials:
        found = again(trials, given.case, given.scenario, times)
    sentence = tell_again(found)
    if as_json:
        print_json(
            {
                "case": given.case.name,
                "verdict": str(found.verdict),
                "sentence": sentence,
                "failed": found.frequency.failed,
                "of": found.frequency.runs,
                "judgement": found.trial.judgement.document(),
            }
        )
    else:
        mark = {Verdict.PASS: good, Verdict.FAIL: bad, Verdict.INCONCLUSIVE: warning}[found.verdict]
        tell_judgement(found.trial.judgement, found.trial.played)
        click.echo(f"{strong(given.case.name)}: {mark(sentence)}")
    return EXIT_CODES[found.verdict]
