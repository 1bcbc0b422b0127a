"""RuleForm: one more rule of chaos, typed as for `epcc-emulator chaos add`."""

from textual.suggester import Suggester

from tui.client import Refused
from tui.desk import Desk
from tui.model.rule_line import Place, WrongLine, completion, parse_rule
from tui.screens.forms.line_form import LineForm

_TOLD = """\
as for epcc-emulator chaos add: a fault, its fields, whom it hits, how often. For example:
  delay --value 5s --probability 0.3
  reorder --match 'order.*' --window 3
  ack_loss --match order.paid --times 3
  connection reset --attempt 1 --integration shop
Faults: delay reorder duplicate ack_loss overlap outage payload secret corrupt connection drop api"""


class RuleForm(LineForm):
    """What the server complains of is shown under the word that it is about."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            "Add a rule", _TOLD, self._add, placeholder="delay --value 5s --probability 0.3", suggester=_Completing()
        )
        self._desk = desk

    async def _add(self, text: str) -> None:
        line = parse_rule(text)
        try:
            added = (await self._desk.client.post("chaos", line.rule))["data"]
        except Refused as refused:
            first = refused.complaints[0]
            place = line.place_of(first.source) or Place(0, len(text))
            raise WrongLine(first.sentence, place) from None
        self._desk.session.say(f"Rule {added['id']} is in force; it acts on what is planned from now on")


class _Completing(Suggester):
    """The likeliest end of a fault or an option."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return completion(value)
