"""Notices: what a server of our own process has to say beside its deliveries."""

import logging

from emulator.cli.console import note, warning


class _Telling(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        note(warning(record.getMessage()))


def tell_notices() -> None:
    """From now on they are printed as they come, beside the output."""
    from emulator.runtime.emulator import NOTICES

    if not any(isinstance(handler, _Telling) for handler in NOTICES.handlers):
        NOTICES.addHandler(_Telling())
        NOTICES.setLevel(logging.INFO)
