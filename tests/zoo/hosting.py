"""Hosting: an animal behind the web server that suits it."""

from collections.abc import Iterator
from contextlib import contextmanager

from zoo import web
from zoo.animal import Animal
from zoo.desk import Desk


@contextmanager
def at_desk(animal: Animal, port: int = 0) -> Iterator[tuple[Desk, str]]:
    """The animal on a new database, and where it listens."""
    desk = Desk(animal.receiver())
    try:
        if desk.asynchronous:
            from zoo import asgi  # its import takes as long as everything else does

            with asgi.served(desk, port) as url:
                yield desk, url
        else:
            with web.served(desk, port) as url:
                yield desk, url
    finally:
        desk.close()
