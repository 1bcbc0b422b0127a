"""CallMatch: which calls of the provider's API a rule is about."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from emulator.domain.errors import InvalidInput, nearest

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TOKENS = "/oauth"
"""Where the token endpoint is."""
_OURS = "/_emulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMatch:
    """A method, or None for any, and a glob over the path, in which `*` stands for slashes too.

    The token endpoint is hit only by a glob that names it: without tokens no receiver gets as far as to show how it
    takes the rest.
    """

    method: str | None = None
    path: str = "/*"

    @classmethod
    def parse(cls, text: str, *place: str | int) -> "CallMatch":
        """`GET /v2/orders*`, or `/v2/orders*` for any method. Raises InvalidInput."""
        word, space, rest = text.strip().partition(" ")
        method, path = (word, rest.strip()) if space else (None, word)
        if method is not None and method not in METHODS:
            raise InvalidInput(f"unknown method '{method}'{nearest(method.upper(), METHODS)}", path=place)
        if not path.startswith(("/", "*")) or " " in path:
            raise InvalidInput(f"'{text}' is not a call; write a method and a path such as GET /v2/orders*", path=place)
        if path.startswith(_OURS):
            raise InvalidInput("the control API is never hit; name calls of the provider's, such as /v2/*", path=place)
        return cls(method=method, path=path)

    def covers(self, method: str, path: str) -> bool:
        """`path` is without its query."""
        if self.method is not None and self.method != method:
            return False
        if path.startswith(TOKENS) and not self.path.startswith(TOKENS):
            return False
        return fnmatchcase(path, self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}" if self.method else self.path
