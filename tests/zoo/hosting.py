"""Hosting: an animal behind the web server that suits it."""

from collections.abc import Iterator
from contextlib import contextmanager

from zoo import web
from zoo.animal import Animal
from zoo.desk import Desk


@contextmanager
def at_desk(animal: Animal, port: int = 0, secret: str | None = None) -> Iterator[tuple[Desk, str]]:
    """The animal on a new database, and where it listens; with a `secret`, behind a door that asks for it."""
    desk = Desk(animal.receiver())
    try:
        if desk.asynchronous:
            assert secret is None, "no door for those on an event loop"
            from zoo import asgi  # its import takes as long as everything else does

            with asgi.served(desk, port) as url:
                yield desk, url
        else:
            with web.served(desk, port, secret) as url:
                yield desk, url
    finally:
        desk.close()
