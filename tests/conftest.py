"""What every kind of test may ask for."""

import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")  # a machine that does other things as well proves nothing by its slowness

# Where the tests were started in the background, Ctrl+C is ignored, and would be by the programs that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What has been collected stays: to look through it for garbage was half of what the collector did."""
    gc.freeze()


@pytest.fixture
def nothing_frozen() -> Iterator[None]:
    """For a test that looks at what the garbage collector is spared; afterwards all is kept from it again."""
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.freeze()


@pytest.fixture(scope="session")
def require() -> Callable[[str], str]:
    """`require("node")`: the program's path. A test that misses it is skipped, and is an error in CI."""

    def find(program: str) -> str:
        # Debian keeps servers in sbin, which is not on everybody's path.
        path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
        if path is None:
            reason = f"{program} is not installed"
            if os.environ.get("CI", "").lower() in ("1", "true"):
                raise RuntimeError(f"{reason}, and CI must not skip")
            pytest.skip(reason)
        return path

    return find
