"""FirstRun: what to type next, while nothing has happened yet."""

from rich.text import Text
from textual.widgets import Static

from tui.desk import Desk
from tui.link import Link


class FirstRun(Static):
    """Shown in place of an empty table. What it says follows what is there already."""

    DEFAULT_CSS = """
    FirstRun { height: 1fr; padding: 1 2; overflow-y: auto; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(markup=False)
        self._desk = desk
        self._said = ""

    def look(self) -> None:
        """Says what fits what is known now."""
        text = self._text()
        if text.plain != self._said:
            self._said = text.plain
            self.update(text)

    def _text(self) -> Text:
        session = self._desk.session
        if session.link is Link.DOWN:
            return _page(
                ("No emulator answers here.", session.link_text),
                ("Start one, and this goes on by itself:", ""),
                ("", "epcc-emulator serve"),
            )
        if session.link is Link.CONNECTING:
            return _page((f"Connecting to {self._desk.client.url}", ""))
        if session.link is Link.SAVED:
            return _page(("Nothing was delivered in this journal.", ""))
        happened = len(session.window.events)
        steps = [
            (f"{happened:,} events have happened, and nobody was sent one; t lists them.", "")
            if happened
            else ("Nothing has happened yet.", "")
        ]
        if not session.integrations:
            steps += [
                ("Nobody is told of anything: no integration is registered. From another terminal:", ""),
                ("", "epcc-emulator listen --forward-to http://localhost:8000/your/webhook"),
                ("or press 4 to register one here.", ""),
            ]
        else:
            names = ", ".join(session.integrations)
            idle = [name for name, one in session.integrations.items() if not one.get("enabled")]
            steps.append((f"Registered: {names}" + (f" (not enabled: {', '.join(idle)})" if idle else ""), ""))
        steps += [
            ("Make the shop raise an event:", ""),
            ("", "epcc-emulator trigger order.fulfilled"),
            ("", "epcc-emulator traffic --rate 5/s --for 1m"),
            ("or press T and choose one.", ""),
            ("Make it go wrong:", ""),
            ("", "epcc-emulator chaos add duplicate --match order.paid"),
            ("or press 5 for profiles and rules.", ""),
            (f"The API is at {self._desk.client.url}; `epcc-emulator env` prints what a receiver needs.", ""),
            ("? shows every key.", ""),
        ]
        return _page(*steps)


def _page(*lines: tuple[str, str]) -> Text:
    """Sentences, and under them what to type."""
    text = Text()
    for sentence, command in lines:
        if sentence:
            text.append(f"\n{sentence}\n" if text else f"{sentence}\n")
        if command:
            text.append(f"  {command}\n", "bold")
    return text
