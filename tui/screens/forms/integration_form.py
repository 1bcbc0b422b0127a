"""IntegrationForm: a new integration, or another look at one; what the server refuses is said at its field."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Select, Static

from emulator.domain.errors import EmulatorError
from emulator.domain.integration import IntegrationType, Scope
from tui.client import Complaint, Refused
from tui.desk import Desk
from tui.model.harmless import harmless
from tui.model.integration_draft import FIELDS, Field, IntegrationDraft, draft_of, is_stored
from tui.shop import Shop
from tui.widgets.field_row import FieldRow
from tui.widgets.key_suggester import KeySuggester
from tui.widgets.tick import Tick

_PROVIDERS = (
    "As a client of the shop does it, by POST /v2/integrations: event keys one by one, and no more than it allows."
)
_BEYOND = (
    "By the control API, PUT /_emulator/integrations: globs such as order.*, any number of them. One of this name is"
    " changed."
)
_CHANGED = "Changed by PUT /v2/integrations/{id}."
_SLASH = "a queue of SQS has no slash in its name; /queue/… and /topic/… are destinations of STOMP"
_NO_SLASH = "a destination of the broker here begins with a slash: /queue/orders"


class IntegrationForm(ModalScreen[bool]):
    """True when something was registered or changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="form.save"),
        Binding("escape", "leave", "Leave", id="form.leave"),
    ]
    DEFAULT_CSS = """
    IntegrationForm { align: center middle; }
    IntegrationForm > VerticalScroll {
        width: 90%; max-width: 100; height: auto; max-height: 100%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    IntegrationForm Horizontal { height: 1; }
    IntegrationForm Horizontal > Label { width: 13; color: $text-muted; }
    IntegrationForm Select { width: 1fr; }
    IntegrationForm Vertical.kind { height: auto; }
    IntegrationForm .told { height: auto; color: $text-muted; padding: 0 0 0 13; }
    IntegrationForm .wrong { height: auto; color: $text-error; display: none; }
    IntegrationForm .wrong.-shown { display: block; }
    """

    def __init__(self, desk: Desk, shop: Shop, stored: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._desk = desk
        self._shop = shop
        self._stored = stored
        draft = IntegrationDraft(kind=IntegrationType.WEBHOOK, values={}) if stored is None else draft_of(stored)
        self._draft = draft
        self._kind = Select(
            [(_named(kind), kind) for kind in IntegrationType], value=draft.kind, allow_blank=False, compact=True
        )
        self._scope = Select(
            [("a store's", Scope.STORE), ("an organization's", Scope.ORGANIZATION)],
            value=draft.scope,
            allow_blank=False,
            compact=True,
            disabled=stored is not None,
        )
        self._enabled = Tick("enabled", draft.enabled)
        self._beyond = Tick("beyond the provider's quotas, with globs", draft.beyond, disabled=stored is not None)
        self._rows = {field.name: self._row(field) for field in FIELDS}
        self._told = Static(classes="told", markup=False)
        self._wrong = Static(classes="wrong", markup=False)

    @property
    def complaints(self) -> Mapping[str, str]:
        """What is wrong, as it is shown, by field; under an empty name what is wrong with all of it."""
        general = {"": str(self._wrong.content)} if self._wrong.has_class("-shown") else {}
        return {**general, **{name: row.complaint for name, row in self._rows.items() if row.complaint}}

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) as box:
            box.border_title = (
                "New integration" if self._stored is None else f"Change {harmless(self._draft.values['name'])}"
            )
            box.border_subtitle = "enter or ctrl+s: save   tab: on   esc: leave"
            yield self._wrong
            yield self._rows["name"]
            yield self._rows["description"]
            yield self._rows["observes"]
            with Horizontal():
                yield Label("Type")
                yield self._kind
            for kind in IntegrationType:
                with Vertical(classes=f"kind {kind}"):
                    yield from (self._rows[field.name] for field in FIELDS if field.kinds == (kind,))
            with Horizontal():
                yield Label("Whose events")
                yield self._scope
            with Horizontal():
                yield Label("Deliveries")
                yield self._enabled
            with Horizontal():
                yield Label("Terms")
                yield self._beyond
            yield self._told

    def on_mount(self) -> None:
        self._rows["name"].input.focus()
        self._tell()

    def on_select_changed(self, event: Select.Changed) -> None:
        self._tell()

    def on_tick_turned(self) -> None:
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_save()

    def action_save(self) -> None:
        """Asks the server for it."""
        self.run_worker(self._save(self._typed()), exclusive=True, group="save")

    def action_leave(self) -> None:
        """Without changing anything."""
        self.dismiss(False)

    def _row(self, field: Field) -> FieldRow:
        stored = field.secret and is_stored(self._stored, field.name)
        optional = field.name in ("secret_key", "password")
        kept = "stored; empty keeps it" + (", - removes it" if optional else "")
        return FieldRow(
            field.name,
            field.label,
            text=self._draft.values.get(field.name, ""),
            placeholder=kept if stored else field.placeholder,
            secret=field.secret,
            suggester=KeySuggester() if field.name == "observes" else None,
        )

    def _tell(self) -> None:
        """Shows the fields of the type, and which of the two ways it goes."""
        for kind in IntegrationType:
            self.query_one(f".kind.{kind}").display = kind is self._kind.value
        told = _CHANGED if self._stored is not None else _BEYOND if self._beyond.value else _PROVIDERS
        self._told.update(told)

    def _typed(self) -> IntegrationDraft:
        assert isinstance(self._kind.value, IntegrationType)
        assert isinstance(self._scope.value, Scope)
        return IntegrationDraft(
            kind=self._kind.value,
            values={name: row.text for name, row in self._rows.items()},
            enabled=self._enabled.value,
            beyond=self._beyond.value,
            scope=self._scope.value,
            stored=self._stored,
        )

    async def _save(self, draft: IntegrationDraft) -> None:
        self._complain({})
        try:
            own = await self._own_queue(draft)
            notes = await self._send(draft, draft.body(own))
        except Refused as refused:
            wrong: dict[str, str] = {}
            for complaint in refused.complaints:
                name = draft.field_of(complaint.source) or ""
                wrong[name] = "; ".join(filter(None, (wrong.get(name), complaint.sentence)))
            self._complain(wrong)
        except EmulatorError as error:
            self._complain({"": error.sentence})
        else:
            for note in notes:
                self._desk.session.say(note)
            self.dismiss(True)

    async def _own_queue(self, draft: IntegrationDraft) -> Mapping[str, Any] | None:
        """The configuration of a queue here, which is made for it."""
        name = draft.own_queue
        if name is None:
            return None
        sqs = draft.kind is IntegrationType.AWS_SQS
        source = "configuration.url" if sqs else "configuration.destination"
        if name.startswith("/") is sqs:
            raise _refused(source, _SLASH if sqs else _NO_SLASH)
        region = draft.values.get("region", "").strip()
        asked = {"name": name} | ({"region": region} if region and sqs else {})
        try:
            configuration = (await self._desk.client.post("queues", asked, patient=True))["configuration"]
        except Refused as refused:
            raise _refused(source, refused.sentence) from None
        return {key: value for key, value in configuration.items() if value is not None}

    async def _send(self, draft: IntegrationDraft, body: Mapping[str, Any]) -> list[str]:
        """What to tell when it is done."""
        name = body["name"]
        if self._stored is not None:
            await self._shop.call("PUT", f"integrations/{self._stored['id']}", body, scope=draft.scope)
            return [f"{name} is changed"]
        if not draft.beyond:
            await self._shop.call("POST", "integrations", body, scope=draft.scope)
            return [f"{name} is registered"]
        made = await self._desk.client.put("integrations", {**body, "scope": str(draft.scope)})
        return [f"{name} is registered", *made["production"]["notes"]]

    def _complain(self, wrong: Mapping[str, str]) -> None:
        for name, row in self._rows.items():
            row.complain(harmless(wrong.get(name, "")))
        general = wrong.get("", "")
        self._wrong.update(harmless(general))
        self._wrong.set_class(bool(general), "-shown")
        first = next((name for name in self._rows if wrong.get(name)), None)
        if first is not None:
            self._rows[first].input.focus()


def _refused(source: str, sentence: str) -> Refused:
    return Refused(sentence, 422, (Complaint(source, sentence),))


def _named(kind: IntegrationType) -> str:
    return {IntegrationType.WEBHOOK: "webhook", IntegrationType.AWS_SQS: "SQS", IntegrationType.STOMP: "STOMP"}[kind]
