"""Flight: what the engine has under way: a send that is open, a movement of virtual time."""

import asyncio


class Flight:
    """A send that is open. `ended` says that its integration was disabled or deleted meanwhile; what becomes of the one
    `before` is told first."""

    __slots__ = ("before", "begun", "ended", "integration")

    def __init__(self, integration: str, before: "asyncio.Task[None] | None" = None) -> None:
        self.integration = integration
        self.before = before
        self.begun = False
        self.ended = False


class Course:
    """One movement of virtual time. `over` says that nobody waits for it any more, or that it is not to go on."""

    __slots__ = ("over", "task")

    def __init__(self, task: "asyncio.Task[None] | None") -> None:
        self.task = task
        self.over = False
