"""Chaos: what goes wrong on purpose: the profile, its rules, who waits, what is held, and the clock."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from emulator.domain.errors import UserError
from emulator.domain.moment import format_duration, parse_duration
from tui.asking import Asking
from tui.desk import Desk
from tui.doing import do
from tui.model.chaos_told import chaos_text, time_text
from tui.model.harmless import harmless
from tui.packaged import PROFILES, descriptions
from tui.screens.choice import Choice, Option
from tui.screens.forms.line_form import LineForm
from tui.screens.page import Page
from tui.widgets.held_list import HeldList
from tui.widgets.rule_list import RuleList

_EVERYBODY = "*"
_SLOWEST, _FASTEST = 0.001, 1_000_000.0
_WRITES = frozenset({"profile", "pause", "pause_one", "hold", "unhold", "settle", "advance", "pace", "speed"})
_BY_CLOCK = {"advance": "virtual", "pace": "scaled", "speed": "scaled"}


class Chaos(Page):
    """Rules above, what is held below; both are asked for once a second while it is in front."""

    TITLE = "Chaos"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "profile", "Profile", id="chaos.profile"),
        Binding("p", "pause", "Pause", id="chaos.pause"),
        Binding("P", "pause_one", "Pause one", show=False, id="chaos.pause-one"),
        Binding("h", "hold", "Hold", id="chaos.hold"),
        Binding("u", "unhold", "End a hold", show=False, id="chaos.unhold"),
        Binding("a", "advance", "Advance", show=False, id="chaos.advance"),
        Binding("s", "settle", "Settle", show=False, id="chaos.settle"),
        Binding("plus,equals_sign", "pace(2.0)", "Faster", show=False, key_display="+", id="chaos.faster"),
        Binding("minus", "pace(0.5)", "Slower", show=False, key_display="-", id="chaos.slower"),
        Binding("S", "speed", "Speed", show=False, id="chaos.speed"),
        Binding("tab", "app.focus_next", "Other list", show=False, id="chaos.other"),
    ]
    DEFAULT_CSS = """
    Chaos > .line { height: auto; max-height: 2; padding: 0 1; }
    Chaos > #time { color: $text-muted; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._about = descriptions(PROFILES)
        self._profile = Static(classes="line", id="profile", markup=False)
        self._time = Static(classes="line", id="time", markup=False)
        self._rules = RuleList(desk)
        self._held = HeldList(desk)
        self._asking = Asking(self, self._ask)
        self._shown: tuple[object, ...] = ()

    def body(self) -> Iterable[Widget]:
        yield self._profile
        yield self._time
        yield self._rules
        yield self._held

    def on_mount(self) -> None:
        self._rules.listing.focus()
        self._asking.begin()

    def model_changed(self) -> None:
        session = self.desk.session
        shown = (session.status, session.chaos)
        if shown == self._shown:
            return
        self._shown = shown
        self._profile.update(chaos_text(session.status, session.chaos, self._about))
        self._time.update(time_text(session.status, self.desk.zone))
        self._rules.look()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A saved journal can be looked at only; every clock has keys of its own."""
        if action in _WRITES and self.desk.saved:
            return False
        if action in _BY_CLOCK:
            return bool(self.desk.session.status.get("clock") == _BY_CLOCK[action])
        return super().check_action(action, parameters)

    def action_profile(self) -> None:
        """Another profile; rules that were added stay."""
        chaos = self.desk.session.chaos
        options = [
            Option(f"{harmless(str(name)):<14} {self._about.get(str(name), '')}".rstrip(), str(name))
            for name in chaos.get("profiles", ())
        ]

        def chosen(profile: str | None) -> None:
            if profile is not None:
                do(self, self._set_profile(profile))

        told = f"Which profile instead of {harmless(str(chaos.get('profile', '')))}? Rules that were added stay."
        self.app.push_screen(Choice(told, options), chosen)

    def action_pause(self) -> None:
        """Sends nothing to anybody for now, or sends again."""
        paused = _EVERYBODY in self.desk.session.status.get("paused", ())
        do(self, self._pause(None, resume=paused))

    def action_pause_one(self) -> None:
        """Asks whom to send nothing, or to send to again."""
        session = self.desk.session
        paused = session.status.get("paused", ())
        options = [
            Option(f"{'resume' if key in paused else 'pause '} {harmless(key)}", key) for key in session.integrations
        ]
        if not options:
            session.say("There is no integration; 4 registers one")
            return

        def chosen(key: str | None) -> None:
            if key is not None:
                do(self, self._pause(key, resume=key in paused))

        self.app.push_screen(Choice("Which one?", options), chosen)

    def action_hold(self) -> None:
        """Holds matching deliveries from now on."""
        self._held.hold()

    def action_unhold(self) -> None:
        """Ends a hold."""
        self._held.unhold()

    def action_advance(self) -> None:
        """Moves virtual time on by a duration."""
        told = "a duration: 250ms, 30s, 10m, 2h. What becomes due on the way is sent."
        self.app.push_screen(LineForm("Advance the clock", told, self._advance, placeholder="10m"))

    def action_settle(self) -> None:
        """Waits until everything is delivered; virtual time moves for that."""
        do(self, self._settle())

    def action_pace(self, times: float) -> None:
        """Emulated time goes faster or slower."""
        now = float(self.desk.session.status["speed"])
        do(self, self._set_speed(min(_FASTEST, max(_SLOWEST, now * times))))

    def action_speed(self) -> None:
        """Asks how fast emulated time goes."""
        told = "emulated seconds per second: 60 is a minute a second"
        now = f"{self.desk.session.status['speed']:g}"
        self.app.push_screen(LineForm("Speed of the clock", told, self._typed_speed, text=now))

    async def _ask(self) -> None:
        session = self.desk.session
        session.chaos = await self.desk.client.get("chaos")
        await self._held.ask()

    async def _set_profile(self, profile: str) -> None:
        self.desk.session.chaos = await self.desk.client.put("profile", {"profile": profile})
        await self._again()

    async def _pause(self, key: str | None, *, resume: bool) -> None:
        await self.desk.client.post("resume" if resume else "pause", {} if key is None else {"integration": key})
        await self._again()

    async def _settle(self) -> None:
        self.desk.session.say("Settling: until everything is delivered that is not held by hand or paused")
        settled = (await self.desk.client.post("settle", patient=True))["settled"]
        if settled:
            self.desk.session.say("Everything is settled")
        else:
            self.desk.session.say("Not everything was settled within half a minute; s goes on", trouble=True)
        await self._again()

    async def _advance(self, text: str) -> None:
        by = text.strip()
        moved = parse_duration(by)
        await self.desk.client.post("clock/advance", {"by": by}, patient=True)
        self.desk.session.say(f"The clock is {format_duration(moved)} further")
        await self._again()

    async def _typed_speed(self, text: str) -> None:
        try:
            speed = float(text)
        except ValueError:
            raise UserError(f"'{text}' is not a number; 60 is a minute a second") from None
        await self._set_speed(speed)

    async def _set_speed(self, speed: float) -> None:
        await self.desk.client.put("clock/speed", {"speed": speed})
        await self._again()

    async def _again(self) -> None:
        """Shows at once what was done."""
        self.desk.session.status = await self.desk.client.status()
        self.model_changed()
