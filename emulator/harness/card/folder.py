"""Folder: where a report card is kept, with every run that it is made from as a scenario and as a page."""

import json
from pathlib import Path

from emulator.core.card.badge import badge, endpoint
from emulator.core.card.card import Card, Run
from emulator.core.card.page import card_page
from emulator.domain.errors import EnvironmentFault, UserError
from emulator.harness.card.sheet import Written
from emulator.harness.reports.html import html
from emulator.harness.trials import Trial
from emulator.loading.whole_file import write_whole

CARD = "report-card"
_RUNS = "runs"
_OURS = (".yaml", ".html")
_PRIVATE = 0o600  # a scenario may hold its receiver's secret


class Folder:
    """A directory. What an earlier card has left there is written over; what is not a card's is not touched."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def page(self) -> Path:
        """The card as a page."""
        return self.path / f"{CARD}.html"

    def begin(self) -> None:
        """Raises UserError for a directory whose runs are not a card's, EnvironmentFault where it cannot be written."""
        runs, mark = self.path / _RUNS, self.path / f"{CARD}.json"
        try:
            runs.mkdir(parents=True, exist_ok=True)
            old = list(runs.iterdir())
            if old and not mark.exists():
                raise UserError(f"{runs} holds what is not a report card's; name another directory with --out")
            for one in old:
                if one.suffix in _OURS:
                    one.unlink()
        except OSError as error:
            raise EnvironmentFault(f"{self.path} cannot be written: {error.strerror or error}") from None
        write_whole(mark, json.dumps({"unfinished": True}) + "\n")

    def keep(self, run: Run, written: Written, trial: Trial) -> None:
        """Raises EnvironmentFault where it cannot be written."""
        write_whole(self.path / run.scenario, written.text, mode=_PRIVATE)
        page = html(trial.judgement, trial.played)
        write_whole(self.path / run.page, page.encode("utf-8", "replace").decode(), mode=_PRIVATE)

    def finish(self, card: Card) -> None:
        """Raises EnvironmentFault where it cannot be written."""
        write_whole(self.path / f"{CARD}.json", json.dumps(card.document(), indent=2, ensure_ascii=False) + "\n")
        write_whole(self.page, card_page(card))
        write_whole(self.path / "badge.svg", badge(card))
        write_whole(self.path / "badge.json", json.dumps(endpoint(card), ensure_ascii=False) + "\n")
