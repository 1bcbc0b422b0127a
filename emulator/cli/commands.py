"""The table of commands: where each lives and what it is for, known without importing any of them."""

from typing import NamedTuple


class Entry(NamedTuple):
    """`target` is `module:attribute`; `summary` is the line that `--help` shows."""

    target: str
    summary: str


SECTIONS: dict[str, dict[str, Entry]] = {
    "Start": {
        "demo": Entry("emulator.cli.demo:demo", "See it work: a shop, a receiver and a bad day, in seconds."),
        "listen": Entry("emulator.cli.listen:listen", "Deliver events to your receiver and print every attempt."),
        "serve": Entry("emulator.cli.serve:serve", "Run the emulator until it is stopped."),
        "exec": Entry("emulator.cli.exec:exec_", "Run a command with an emulator of its own."),
        "init": Entry("emulator.cli.init:init", "Write a commented configuration file into this directory."),
        "doctor": Entry("emulator.cli.doctor:doctor", "Check ports, directories and receivers."),
    },
    "Make things happen": {
        "trigger": Entry("emulator.cli.trigger:trigger", "Make the shop raise an event, and what comes before it."),
        "traffic": Entry("emulator.cli.traffic:traffic", "Keep the shop busy: visitors, carts, orders."),
        "resend": Entry("emulator.cli.resend:resend", "Send an event again to everybody who observes it."),
        "retry": Entry("emulator.cli.retry:retry", "Send one delivery again, as its next attempt."),
        "import": Entry("emulator.cli.import_:import_", "Load what the real service has sent, and keep it."),
        "replay": Entry("emulator.cli.replay:replay", "Send again what was sent, as it was; run a case again."),
        "integrations": Entry("emulator.cli.integrations:integrations", "Register, change and remove integrations."),
        "queues": Entry("emulator.cli.queues:queues", "Make, list, look into and empty queues."),
        "reset": Entry("emulator.cli.reset:reset", "Erase the shop, its events and their deliveries."),
    },
    "Look": {
        "tui": Entry("emulator.cli.tui:tui", "Watch deliveries in a terminal dashboard, and act on them."),
        "events": Entry("emulator.cli.events:events", "What has happened in the shop."),
        "deliveries": Entry("emulator.cli.deliveries:deliveries", "What was, is being or will be delivered."),
        "why": Entry("emulator.cli.why:why", "Why an event was delivered or not, to each integration."),
        "fixtures": Entry(
            "emulator.cli.fixtures:fixtures", "What the shop's resources look like, and copies to change."
        ),
        "catalog": Entry("emulator.cli.catalog:catalog", "Every event key, and what is known of one."),
        "contracts": Entry("emulator.cli.contracts:contracts", "JSON Schemas and AsyncAPI of everything delivered."),
        "integrity": Entry("emulator.cli.integrity:integrity", "Check that everything in the shop hangs together."),
        "wait": Entry("emulator.cli.wait:wait", "Wait until ready, until settled, or for an event."),
        "env": Entry("emulator.cli.env:env", "What to paste into a receiver's environment."),
    },
    "Play": {
        "scenario": Entry("emulator.cli.scenario:scenario", "Write, check and list scenarios."),
        "plan": Entry("emulator.cli.plan:plan", "What a scenario comes to, before anything is sent."),
        "run": Entry("emulator.cli.run:run", "Play a scenario to a receiver, and judge it."),
        "explore": Entry("emulator.cli.explore:explore", "Run a scenario under many seeds, and tell what fails."),
        "shrink": Entry("emulator.cli.shrink:shrink", "Reduce a failed run to the fewest events and faults."),
        "report-card": Entry("emulator.cli.report_card:report_card", "What a receiver tolerates, event by event."),
    },
    "Misbehave": {
        "chaos": Entry("emulator.cli.chaos:chaos", "Faults: rules and profiles, while it runs."),
        "hold": Entry("emulator.cli.hold:hold", "Hold matching deliveries until they are released."),
        "release": Entry("emulator.cli.hold:release", "Send what was held."),
        "pause": Entry("emulator.cli.pause:pause", "Send nothing to an integration, or to any."),
        "resume": Entry("emulator.cli.pause:resume", "Send again after a pause."),
        "clock": Entry("emulator.cli.clock:clock", "Show, advance or speed up emulated time."),
    },
    "Shell": {
        "completion": Entry("emulator.cli.completion:completion", "Print the completion script for your shell."),
    },
}
