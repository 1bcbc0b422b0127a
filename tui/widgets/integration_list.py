"""IntegrationList: who wants to hear of what, how it fares, and the keys that change it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from emulator.domain.integration import Scope
from tui.client import named
from tui.desk import Desk
from tui.doing import do
from tui.model.harmless import harmless
from tui.model.integration_told import Tally, integration_cells, integration_text, tally_of
from tui.screens.forms.confirm import Confirm
from tui.screens.forms.integration_form import IntegrationForm
from tui.shop import Shop
from tui.widgets.listing import Column, Item, Listing

_WRITES = frozenset({"create", "edit", "flip", "remove", "pause"})


class IntegrationList(Vertical):
    """What the session knows of integrations; counts are of the deliveries that the dashboard remembers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "create", "New", id="integrations.new"),
        Binding("e,enter", "edit", "Edit", id="integrations.edit"),
        Binding("space", "flip", "On/off", id="integrations.toggle"),
        Binding("p", "pause", "Pause", id="integrations.pause"),
        Binding("d", "remove", "Delete", id="integrations.delete"),
    ]
    DEFAULT_CSS = """
    IntegrationList { height: 2fr; }
    IntegrationList Static { height: auto; max-height: 3; padding: 0 1; color: $text-muted; background: $surface; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._shop = Shop(desk.client)
        self._told = Static(markup=False)
        self._tally = Tally({}, {})
        self._tallied = -1
        self.listing = Listing(
            Column("integration", 14, 2),
            Column("type", 7),
            Column("state", 8),
            Column("ok", 6),
            Column("failed", 6),
            Column("observes", 12, 3),
            Column("to", 12, 3),
            empty="Nobody wants to hear of anything yet." + ("" if desk.saved else " n registers an integration."),
        )

    def compose(self) -> ComposeResult:
        yield self.listing
        yield self._told

    @property
    def chosen(self) -> Mapping[str, Any] | None:
        """The integration under the cursor, as the server shows it."""
        key = self.listing.chosen
        return None if key is None else self._desk.session.integrations.get(key)

    def look(self, *, count: bool) -> None:
        """Shows what is different now; `count` anew as well, which takes a look at every delivery."""
        session = self._desk.session
        if count and session.window.version != self._tallied:
            self._tallied = session.window.version
            self._tally = tally_of(session.window.rows.values())
        paused = session.status.get("paused", ())
        ascii_only = self._desk.ascii_only
        self.listing.show(
            [
                Item(key, integration_cells(shown, self._tally, paused, ascii_only=ascii_only))
                for key, shown in session.integrations.items()
            ]
        )
        self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A saved journal can be looked at only; without an integration there is nothing to do to it."""
        if action not in _WRITES:
            return True
        if self._desk.saved:
            return False
        return True if action == "create" or self.listing.items else None

    def on_listing_moved(self) -> None:
        self._tell()
        self.refresh_bindings()

    def on_listing_chosen(self) -> None:
        self.action_edit()

    def action_create(self) -> None:
        """A form for a new one."""
        self._open(IntegrationForm(self._desk, self._shop))

    def action_edit(self) -> None:
        """The form of the one under the cursor."""
        if (chosen := self.chosen) is not None and not self._desk.saved:
            self._open(IntegrationForm(self._desk, self._shop, chosen))

    def action_flip(self) -> None:
        """Enables or disables it."""
        if (chosen := self.chosen) is not None:
            do(self, self._change(chosen, {"enabled": not chosen["enabled"]}))

    def action_pause(self) -> None:
        """Sends nothing to it for now, or again."""
        if (chosen := self.chosen) is not None:
            do(self, self._pause(chosen))

    def action_remove(self) -> None:
        """Deletes it, if that is meant."""
        chosen = self.chosen
        if chosen is None:
            return
        name = harmless(str(chosen["name"]))
        sentence = f"Delete {name}? What is on its way to it is cancelled."

        def answered(yes: bool | None) -> None:
            if yes:
                do(self, self._remove(chosen))

        self.app.push_screen(Confirm(sentence, "Delete"), answered)

    def _open(self, form: IntegrationForm) -> None:
        def left(changed: bool | None) -> None:
            if changed:
                do(self, self._again())

        self.app.push_screen(form, left)

    def _tell(self) -> None:
        chosen = self.chosen
        self._told.update("" if chosen is None else integration_text(chosen))

    async def _change(self, chosen: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        await self._shop.call("PUT", f"integrations/{chosen['id']}", changes, scope=Scope(chosen["scope"]))
        await self._again()

    async def _pause(self, chosen: Mapping[str, Any]) -> None:
        paused = chosen["key"] in self._desk.session.status.get("paused", ())
        answer = await self._desk.client.post("resume" if paused else "pause", {"integration": chosen["key"]})
        if "*" in answer["paused"]:
            self._desk.session.say("Everything is paused still; the chaos page resumes all")
        await self._again()

    async def _remove(self, chosen: Mapping[str, Any]) -> None:
        await self._desk.client.delete(f"integrations/{named(str(chosen['id']))}")
        await self._again()

    async def _again(self) -> None:
        """Shows at once what was done."""
        session = self._desk.session
        documents = (await self._desk.client.get("integrations"))["data"]
        session.integrations = {str(document["key"]): document for document in documents}
        session.status = await self._desk.client.status()
        self.look(count=False)
        self.refresh_bindings()
