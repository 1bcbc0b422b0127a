"""Real host: what httpx asks of the provider's own host names is answered by an emulator in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from emulator.domain.errors import EnvironmentFault
from emulator.harness.local import LocalEmulator

if TYPE_CHECKING:
    import respx

HOSTS = r"([a-z0-9-]+\.)*api\.(elasticpath|moltin)\.com"
"""The provider's: `euwest.api.elasticpath.com`, `useast.api.elasticpath.com`, and the old `api.moltin.com`."""

ROUTE = "epcc"
"""What the route is called."""


@contextmanager
def real_host(local: LocalEmulator, *hosts: str) -> "Iterator[respx.MockRouter]":
    """A respx router, in force within: these hosts (the provider's where none is named) are the emulator's API, and all
    others are what they ever were. `router["epcc"].calls` is what the API was asked.

    Raises EnvironmentFault where respx is not installed.
    """
    try:
        import respx
    except ImportError:
        raise EnvironmentFault(
            "respx is not installed; install it with: pip install 'epcc-integrations-emulator[test]'"
        ) from None
    # By default respx stands below httpx, where clients with a transport of their own would get past it.
    with respx.mock(using="httpx", assert_all_called=False) as router:
        answers = _Answers(local)
        found = {"host__in": hosts} if hosts else {"host__regex": rf"^{HOSTS}$"}
        router.route(name=ROUTE, **found).mock(side_effect=answers)
        router.route().pass_through()
        yield router


class _Answers:
    """The caller waits for the emulator, which has a thread of its own."""

    def __init__(self, local: LocalEmulator) -> None:
        self._local = local
        # An application that raises is a 500 here too, not an exception in the caller's code.
        self._transport = httpx.ASGITransport(app=local.app, raise_app_exceptions=False)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self._local.call(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        own = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        answer = await self._transport.handle_async_request(own)
        body = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)
