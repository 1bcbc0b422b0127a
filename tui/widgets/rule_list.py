"""RuleList: the rules in force, a switch each."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.client import named
from tui.desk import Desk
from tui.doing import do
from tui.model.chaos_told import is_on, rule_cells, rule_sentence
from tui.model.harmless import harmless
from tui.screens.forms.confirm import Confirm
from tui.screens.forms.rule_form import RuleForm
from tui.widgets.listing import Column, Item, Listing


class RuleList(Vertical):
    """What the session knows of chaos; the rule under the cursor is written out below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "flip", "On/off", id="rules.toggle"),
        Binding("n", "add", "Add rule", id="rules.new"),
        Binding("d", "remove", "Remove", id="rules.remove"),
    ]
    DEFAULT_CSS = """
    RuleList { height: 1fr; min-height: 5; }
    RuleList Static { height: auto; max-height: 3; padding: 0 1; color: $text-muted; background: $surface; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._told = Static(markup=False)
        self.listing = Listing(
            Column("", 5),
            Column("rule", 12, 1),
            Column("hits", 6),
            Column("how legal", 10),
            Column("as written", 20, 6),
            Column("from", 7, from_width=100),
            empty="No rules: everything goes once, in order and at once." + ("" if desk.saved else " n adds one."),
        )

    def compose(self) -> ComposeResult:
        yield self.listing
        yield self._told

    @property
    def chosen(self) -> Mapping[str, Any] | None:
        """The rule under the cursor, as the server shows it."""
        key = self.listing.chosen
        return next((rule for rule in self._desk.session.chaos.get("rules", ()) if rule["id"] == key), None)

    def look(self) -> None:
        """Shows what is different now."""
        ascii_only = self._desk.ascii_only
        rules = self._desk.session.chaos.get("rules", ())
        self.listing.show([Item(str(rule["id"]), rule_cells(rule, ascii_only=ascii_only)) for rule in rules])
        self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A saved journal can be looked at only; without a rule there is nothing to do to it."""
        if action not in ("flip", "add", "remove"):
            return True
        if self._desk.saved:
            return False
        return True if action == "add" or self.listing.items else None

    def on_listing_moved(self) -> None:
        self._tell()
        self.refresh_bindings()

    def on_listing_chosen(self) -> None:
        if not self._desk.saved:
            self.action_flip()

    def action_flip(self) -> None:
        """Switches the rule off, or on again."""
        if (chosen := self.chosen) is not None:
            do(self, self._flip(chosen))

    def action_add(self) -> None:
        """One more rule."""

        def left(added: bool | None) -> None:
            if added:
                do(self, self.again())

        self.app.push_screen(RuleForm(self._desk), left)

    def action_remove(self) -> None:
        """Takes it away, if that is meant."""
        chosen = self.chosen
        if chosen is None:
            return
        sentence = f"Remove the rule {harmless(str(chosen['id']))}? What it has planned stays planned."

        def answered(yes: bool | None) -> None:
            if yes:
                do(self, self._remove(chosen))

        self.app.push_screen(Confirm(sentence, "Remove"), answered)

    async def again(self) -> None:
        """Asks for the rules and shows them. Raises what the client raises."""
        self._desk.session.chaos = await self._desk.client.get("chaos")
        self.look()

    async def _flip(self, rule: Mapping[str, Any]) -> None:
        await self._desk.client.put(f"chaos/{named(str(rule['id']))}", {"enabled": not is_on(rule)})
        await self.again()

    async def _remove(self, rule: Mapping[str, Any]) -> None:
        await self._desk.client.delete(f"chaos/{named(str(rule['id']))}")
        await self.again()

    def _tell(self) -> None:
        chosen = self.chosen
        self._told.update("" if chosen is None else rule_sentence(chosen))
