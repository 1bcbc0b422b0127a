"""JSONPath: the parts of a JSON document that a path of RFC 9535 selects."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from emulator.domain.errors import InvalidInput

if TYPE_CHECKING:
    from jsonpath import JSONPathEnvironment


class Selected(NamedTuple):
    """What a path found. `value` is None where it found nothing; `found` tells that from a null."""

    value: Any
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPath:
    """A compiled path. One that can find a single value (`$.a.b[0]`) selects it, any other a list of all it finds."""

    text: str
    single: bool
    _find: Callable[[Any], list[Any]]

    def select(self, document: Any) -> Selected:
        nodes = self._find(document)
        if not self.single:
            return Selected(nodes, found=True)
        return Selected(nodes[0], found=True) if nodes else Selected(None, found=False)

    def count(self, document: Any) -> int:
        return len(self._find(document))


def json_path(text: str, *path: str | int) -> JsonPath:
    """Raises InvalidInput that says what is wrong with it."""
    from jsonpath import JSONPath
    from jsonpath.exceptions import JSONPathError

    hint = "write it as in $.status, or $[*] for all there are"
    if not text.startswith("$"):
        raise InvalidInput(f"'{text}' is no JSONPath, which begins with $; {hint}", path=path)
    try:
        compiled = _environment().compile(text)
    except JSONPathError as error:
        # Its own text draws a picture, and fails over some mistakes.
        raise InvalidInput(f"'{text}' is no JSONPath: {error.message}; {hint}", path=path) from None
    assert isinstance(compiled, JSONPath), "RFC 9535 has no compound paths"

    def find(document: Any) -> list[Any]:
        # The library takes a text for a document that it has to parse, and can do nothing with a bare number.
        if not isinstance(document, dict | list):
            return [document] if compiled.empty() else []
        return [match.obj for match in compiled.finditer(document)]

    return JsonPath(text=text, single=compiled.singular_query(), _find=find)


@cache
def _environment() -> "JSONPathEnvironment":
    """Imported when a path is first needed: it takes longer than reading a scenario."""
    from jsonpath import JSONPathEnvironment

    return JSONPathEnvironment(strict=True)
