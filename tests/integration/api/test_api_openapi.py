"""The OpenAPI documents: valid, complete, and true to the routes."""

from collections.abc import Callable
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.routing import Route

from emulator.api.app import OPERATIONS, create_app
from emulator.api.operation import Surface

WithApi = Callable[..., None]


@pytest.mark.parametrize("name", ["openapi.json", "openapi-epcc.json"])
def test_the_document_is_valid(with_api: WithApi, name: str) -> None:
    async def scenario(api: Any) -> None:
        described = await api.ok("GET", f"/_emulator/{name}")
        assert described["openapi"] == "3.1.0"
        assert described["servers"] == [{"url": "http://127.0.0.1:3722"}]
        validate(described)

    with_api(scenario)


def test_every_route_is_described_once(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        described: set[tuple[str, str]] = set()
        for name in ("openapi.json", "openapi-epcc.json"):
            for path, methods in (await api.ok("GET", f"/_emulator/{name}"))["paths"].items():
                described |= {(path, method.upper()) for method in methods}
        routes = [route for route in create_app(api.emulator).routes if isinstance(route, Route)]
        assert {path for path, _ in described} == {route.path.replace(":path}", "}") for route in routes}
        assert len(described) == len(OPERATIONS)

    with_api(scenario)


def test_operations_have_names_of_their_own_and_belong_to_their_surface() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for operation in OPERATIONS:
        assert operation.path.startswith("/_emulator/") == (operation.surface is Surface.CONTROL)
        assert operation.answers
