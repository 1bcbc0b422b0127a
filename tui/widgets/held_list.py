"""HeldList: what is held, to be put in another order by hand and let go."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from emulator.domain.moment import parse_instant
from tui.client import named
from tui.desk import Desk
from tui.doing import do
from tui.model.chaos_told import held_cells, holds_text
from tui.model.harmless import harmless
from tui.model.held_order import HeldOrder, held_key
from tui.model.rule_told import match_text
from tui.screens.choice import Choice, Option
from tui.screens.forms.line_form import LineForm
from tui.widgets.key_suggester import KeySuggester
from tui.widgets.listing import Column, Item, Listing

_TOLD = """\
an event or a glob, and after it what else has to be so; nothing at all holds everything. For example:
  order.*
  order.paid integration=shop
  order.* resource=order:1"""


class HeldList(Vertical):
    """The order is the user's own; the server sends in the order in which it is told to let go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "release_all_in_order", "Release in order", id="held.in-order"),
        Binding("shift+up,K", "shift(-1)", "Up", key_display="K", id="held.up"),
        Binding("shift+down,J", "shift(1)", "Down", key_display="J", id="held.down"),
        Binding("r", "release_one", "Release one", show=False, id="held.one"),
        Binding("R", "release_all", "Release all", show=False, id="held.all"),
    ]
    DEFAULT_CSS = """
    HeldList { height: 1fr; min-height: 5; border-top: solid $panel; }
    HeldList Static { height: 1; padding: 0 1; color: $text-muted; background: $surface; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._order = HeldOrder()
        self._holds: Sequence[Mapping[str, Any]] = ()
        self._told = Static(holds_text((), 0), markup=False)
        self.listing = Listing(
            Column("", 4),
            Column("number", 7),
            Column("event", 18, 6),
            Column("to", 8, 2),
            Column("try", 4),
            Column("for", 7),
            Column("why", 10, 2),
            empty="Nothing is held." + ("" if desk.saved else " h holds deliveries from now on."),
        )

    def compose(self) -> ComposeResult:
        yield self._told
        yield self.listing

    @property
    def chosen(self) -> Mapping[str, Any] | None:
        """The held send under the cursor."""
        key = self.listing.chosen
        return None if key is None else self._order.send(key)

    async def ask(self) -> None:
        """What is held now. Raises what the client raises."""
        client = self._desk.client
        self._holds = (await client.get("holds"))["data"]
        self._order.tell((await client.get("held"))["data"])
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A saved journal can be looked at only; where nothing is held there is nothing to let go."""
        if action not in ("release_all_in_order", "shift", "release_one", "release_all"):
            return True
        if self._desk.saved:
            return False
        return True if len(self._order) else None

    def action_shift(self, by: int) -> None:
        """The one under the cursor, and the cursor with it."""
        key = self.listing.chosen
        if key is not None and self._order.move(key, by):
            self._show()
            self.listing.stand_on(key)

    def action_release_all_in_order(self) -> None:
        """All that is on the screen, from the top."""
        do(self, self._release(self._order.numbers()))

    def action_release_one(self) -> None:
        """The one under the cursor, whatever holds it."""
        if (chosen := self.chosen) is not None:
            do(self, self._release([int(chosen["number"])]))

    def action_release_all(self) -> None:
        """All that is held by hand, as it came."""
        do(self, self._release([None]))

    def hold(self) -> None:
        """Asks what to hold from now on."""
        form = LineForm("Hold", _TOLD, self._hold, placeholder="order.*", suggester=KeySuggester())
        self.app.push_screen(form)

    def unhold(self) -> None:
        """Ends a hold; asks which where there are several."""
        if not self._holds:
            self._desk.session.say("Nothing new is held; r and R release what is held already")
        elif len(self._holds) == 1:
            do(self, self._unhold(str(self._holds[0]["id"])))
        else:
            options = [
                Option(f"{harmless(str(hold['id']))}: {match_text(hold.get('match', {}))}", str(hold["id"]))
                for hold in self._holds
            ]

            def chosen(hold: str | None) -> None:
                if hold is not None:
                    do(self, self._unhold(hold))

            self.app.push_screen(Choice("End which hold?", options), chosen)

    def _show(self) -> None:
        any_before, status = bool(self.listing.items), self._desk.session.status
        now = parse_instant(str(status["now"])) if status else 0
        self._told.update(holds_text(self._holds, len(self._order)))
        sends = enumerate(self._order.sends(), start=1)
        self.listing.show([Item(held_key(send), held_cells(place, send, now)) for place, send in sends])
        if any_before != bool(self.listing.items):
            self.refresh_bindings()

    async def _hold(self, text: str) -> None:
        match: dict[str, Any] = {}
        for word in text.split():
            name, equals, value = word.partition("=")
            if equals:
                match[name] = int(value) if name == "attempt" and value.isdecimal() else value
            else:
                match["event"] = word
        made = await self._desk.client.post("holds", {"match": match})
        self._desk.session.say(f"Holding {match_text(match)} as {made['id']}; u ends it")
        await self.ask()

    async def _unhold(self, name: str) -> None:
        await self._desk.client.delete(f"holds/{named(name)}")
        self._desk.session.say(f"{name} holds nothing more; what is held stays held until it is released")
        await self.ask()

    async def _release(self, numbers: Sequence[int | None]) -> None:
        released = 0
        for number in numbers:
            body = {} if number is None else {"number": number}
            released += int((await self._desk.client.post("release", body))["released"])
        self._desk.session.say(f"{released} released" if released else "Nothing was held by hand")
        await self.ask()
