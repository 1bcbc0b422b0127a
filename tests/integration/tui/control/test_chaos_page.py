"""The page of chaos: profiles, rules, pauses, what is held, and the clock; every key of it."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.harness.client import ControlClient
from emulator.runtime.settings import ClockMode
from tui.screens.choice import Choice
from tui.screens.forms.confirm import Confirm
from tui.screens.forms.line_form import LineForm
from tui.screens.forms.rule_form import RuleForm
from tui.widgets.held_list import HeldList
from tui.widgets.listing import Listing
from tui.widgets.rule_list import RuleList

Watch = Callable[..., None]
VIRTUAL = pytest.mark.parametrize("clock", [ClockMode.VIRTUAL], indirect=True)
SCALED = pytest.mark.parametrize("clock", [ClockMode.SCALED], indirect=True)


def rules(seen: Any) -> Listing:
    found: Listing = seen.app.screen_stack[0].query_one(RuleList).listing
    return found


def held(seen: Any) -> Listing:
    found: Listing = seen.app.screen_stack[0].query_one(HeldList).listing
    return found


def told(seen: Any, name: str) -> str:
    return str(seen.app.screen_stack[0].query_one(f"#{name}").content)


async def entered(seen: Any, text: str) -> None:
    seen.app.screen.input.value = text
    await seen.press("enter")


def test_a_profile_is_chosen(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: "Profile off" in told(seen, "profile"))
        await seen.press("o")
        assert isinstance(seen.app.screen, Choice)
        await seen.press("down", "down", "enter")
        await seen.until(lambda: "Profile documented" in told(seen, "profile"))
        await seen.until(lambda: rules(seen).items)
        assert any("documented" in line for line in seen.lines(rules(seen)))

    watch(steps)
    assert client.chaos()["profile"] == "documented"


def test_a_rule_is_typed_and_what_is_wrong_is_shown_under_its_word(watch: Watch, client: ControlClient) -> None:
    wrong = {
        "dealy --value 5s": ("^^^^^", "did you mean 'delay'?"),
        "delay --value 5x": ("              ^^", "'5x' is not a duration"),
        "delay --value 5s --match order.payd": ("                         ^^^^^^^^^^", "did you mean 'order.paid'?"),
        "delay --value 5s --probability 2": ("                               ^", "0"),
        "delay --value": ("             ^", "'--value' needs a value"),
        "": ("^", "begin with a fault: delay"),
    }

    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.press("n")
        form = seen.app.screen
        assert isinstance(form, RuleForm)
        for line, (pointer, sentence) in wrong.items():
            await entered(seen, line)
            await seen.until(lambda sentence=sentence: sentence in form.complaint)
            assert form.complaint.splitlines()[0].rstrip() == pointer
        form.input.value = ""
        await seen.type("dup")
        await seen.until(lambda: form.input._suggestion == "duplicate")
        await seen.press("right")
        await seen.type(" --spacing 1s --match 'order.*' --id twice")
        await seen.press("enter")
        await seen.until(lambda: rules(seen).items)
        assert seen.said("Rule twice is in force")
        assert "● on twice 0 documented duplicate: {" in seen.lines(rules(seen))[0]

    watch(steps)
    (rule,) = client.chaos()["rules"]
    assert rule["match"] == {"event": "order.*"}
    assert rule["duplicate"]["spacing"] == {"distribution": "fixed", "value": "1s"}


def test_rules_have_a_switch_each_and_can_be_removed(watch: Watch, client: ControlClient) -> None:
    client.add_rule({"id": "late", "delay": {"value": "5s"}})
    client.add_rule({"id": "never", "match": "order.*", "drop": {}})

    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: len(rules(seen).items) == 2)
        assert "2 of 2 rules on" in told(seen, "profile")
        await seen.press("down", "space")
        await seen.until(lambda: "○ off never" in seen.lines(rules(seen))[1])
        await seen.until(lambda: "1 of 2 rules on" in told(seen, "profile"))
        assert [rule["enabled"] for rule in client.chaos()["rules"]] == [True, False]
        await seen.press("space")
        await seen.until(lambda: "● on never" in seen.lines(rules(seen))[1])
        told_of = str(seen.app.screen.query_one(RuleList).query_one("Static").content)
        assert 'never, added; drop is hostile. drop: {}, match: {event: "order.*"}' in told_of
        await seen.press("d")
        assert isinstance(seen.app.screen, Confirm)
        await seen.press("escape", "d", "enter")
        await seen.until(lambda: len(rules(seen).items) == 1)

    watch(steps)
    assert [rule["id"] for rule in client.chaos()["rules"]] == ["late"]


def test_all_are_paused_or_one(watch: Watch, client: ControlClient, webhook: Callable[..., str]) -> None:
    webhook()
    webhook("erp")

    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: len(seen.desk.session.integrations) == 2)
        await seen.press("p")
        await seen.until(lambda: "everything is paused" in told(seen, "time"))
        await seen.press("p")
        await seen.until(lambda: "paused" not in told(seen, "time"))
        await seen.press("P", "down", "enter")
        await seen.until(lambda: "paused: erp" in told(seen, "time"))
        await seen.press("P", "down", "enter")
        await seen.until(lambda: "paused" not in told(seen, "time"))

    watch(steps)
    assert client.status()["paused"] == []


@VIRTUAL
def test_what_is_held_is_put_in_order_by_hand_and_released_so(
    watch: Watch, client: ControlClient, webhook: Callable[..., str]
) -> None:
    webhook(observes=("order.created", "customer.created"))

    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.press("h")
        form = seen.app.screen
        assert isinstance(form, LineForm)
        await entered(seen, "order.payd")
        await seen.until(lambda: "did you mean 'order.paid'?" in form.complaint)
        await entered(seen, "order.created integration=shop")
        await seen.until(lambda: seen.said("u ends it"))
        for _ in range(3):
            client.trigger("order.created")
        client.trigger("customer.created")
        await seen.until(lambda: len(held(seen).items) == 3)
        seen.app.screen.query_one(HeldList).listing.focus()
        await seen.press("down", "down", "shift+up", "K")
        assert [line.split()[2] for line in seen.lines(held(seen))] == [f"order:{n}/order.created:1" for n in (3, 1, 2)]
        assert held(seen).place == 0
        await seen.press("J", "shift+down", "shift+down")
        assert [line.split()[2] for line in seen.lines(held(seen))] == [f"order:{n}/order.created:1" for n in (1, 2, 3)]
        await seen.press("home", "J")
        assert [line.split()[2] for line in seen.lines(held(seen))] == [f"order:{n}/order.created:1" for n in (2, 1, 3)]
        await seen.press("enter")
        await seen.until(lambda: seen.said("3 released"))
        await seen.until(lambda: not held(seen).items)
        await seen.press("u")
        await seen.until(lambda: seen.said("holds nothing more"))

    watch(steps)
    assert client.holds() == []
    client.advance("1s")
    attempts = [each for each in client.attempts()["data"] if each["attempt"] == 1]
    numbers = [client.delivery(str(each["delivery"]))["event"] for each in reversed(attempts)]
    assert [event for event in numbers if event.startswith("order")] == [
        f"order:{n}/order.created:1" for n in (2, 1, 3)
    ]


def test_one_is_released_or_all_that_are_held_by_hand(
    watch: Watch, client: ControlClient, webhook: Callable[..., str]
) -> None:
    webhook(observes=("order.created",))
    client.hold({"event": "order.*"}, "orders")
    client.hold({"event": "customer.*"}, "customers")
    client.trigger("order.created", count=3)

    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: len(held(seen).items) == 3)
        held(seen).focus()
        await seen.press("down", "r")
        await seen.until(lambda: seen.said("1 released"))
        # Its receiver is not there, so its second attempt may be held by now.
        await seen.until(lambda: [line.split()[1] for line in seen.lines(held(seen))][:2] == ["1", "3"])
        await seen.press("R")
        await seen.until(lambda: seen.said("2 released") or seen.said("3 released"))
        await seen.press("u")
        assert isinstance(seen.app.screen, Choice)
        await seen.press("down", "enter")
        await seen.until(lambda: seen.said("customers holds nothing more"))

    watch(steps)
    assert [hold["id"] for hold in client.holds()] == ["orders"]


@VIRTUAL
def test_virtual_time_is_advanced_and_settles(watch: Watch, client: ControlClient, webhook: Callable[..., str]) -> None:
    webhook(observes=("order.created",))
    client.add_rule({"id": "late", "delay": {"value": "10m"}})
    client.trigger("order.created")

    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: "next send in 10m00s; 1 pending" in told(seen, "time"))
        await seen.press("a")
        form = seen.app.screen
        await entered(seen, "soon")
        await seen.until(lambda: "'soon' is not a duration" in form.complaint)
        await entered(seen, "4m")
        await seen.until(lambda: "next send in 6m00s; 1 pending" in told(seen, "time"))
        await seen.press("s")
        await seen.until(lambda: seen.said("Everything is settled"))
        await seen.until(lambda: "0 pending" in told(seen, "time"))
        await seen.press("plus", "S")
        assert not isinstance(seen.app.screen, LineForm)

    watch(steps)


@SCALED
def test_scaled_time_goes_faster_and_slower(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: "scaled ×60" in told(seen, "time"))
        await seen.press("plus")
        await seen.until(lambda: "scaled ×120" in told(seen, "time"))
        await seen.press("minus")
        await seen.until(lambda: "scaled ×60" in told(seen, "time"))
        await seen.press("S")
        form = seen.app.screen
        await entered(seen, "fast")
        await seen.until(lambda: "'fast' is not a number" in form.complaint)
        await entered(seen, "0")
        await seen.until(lambda: "speed" in form.complaint)
        await entered(seen, "3600")
        await seen.until(lambda: "scaled ×3600" in told(seen, "time"))
        await seen.press("a")
        assert not isinstance(seen.app.screen, LineForm)

    watch(steps)
    assert client.clock()["speed"] == 3600


def test_what_the_server_refuses_is_a_sentence(watch: Watch, client: ControlClient) -> None:
    client.add_rule({"id": "late", "delay": {"value": "5s"}})

    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: rules(seen).items)
        client.remove_rule("late")
        await seen.press("space")
        await seen.until(lambda: seen.said("unknown rule 'late'"))

    watch(steps)


def test_without_a_server_it_says_so(watch: Watch) -> None:
    async def steps(seen: Any) -> None:
        for page in ("5", "4", "5"):
            await seen.press(page)
        for key in ("p", "P", "o", "escape", "s", "u"):
            await seen.press(key)
        await seen.until(lambda: seen.said("no emulator answers at http://127.0.0.1:9"))
        await seen.press("n")
        form = seen.app.screen
        await entered(seen, "drop")
        await seen.until(lambda: "no emulator answers" in form.complaint)

    watch(steps, url="http://127.0.0.1:9")


def test_it_is_drawn_at_every_size(watch: Watch, client: ControlClient) -> None:
    client.set_profile("hostile")

    async def steps(seen: Any) -> None:
        await seen.page("5", "Chaos")
        await seen.until(lambda: rules(seen).items)
        for size in ((20, 5), (80, 24), (1, 1), (200, 60)):
            await seen.pilot.resize_terminal(*size)
            await seen.press("n", "escape", "tab", "h", "escape", "tab")
        assert "Profile hostile" in told(seen, "profile")

    watch(steps)
