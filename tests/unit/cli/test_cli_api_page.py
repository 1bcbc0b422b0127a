"""docs/api.md says what the operations say of themselves."""

from emulator.api.app import OPERATIONS
from emulator.cli.api_page import PAGE, api_page


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == api_page(), "write it anew: make docs"


def test_every_call_is_there_once() -> None:
    page = api_page()
    for operation in OPERATIONS:
        path = operation.path.replace(":path}", "}")
        call = f"| `{operation.method} {path}` |"
        assert page.count(call) == 1, call
