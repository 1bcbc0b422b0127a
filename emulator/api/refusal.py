"""Refusal: why a call was not done, in the shape of the service's errors."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from emulator.domain.errors import EmulatorError, InvalidInput, JournalUnwritable, nearest, render_path

NOT_FOUND_DETAIL = "The resource could not be found"
"""The sentence of the provider's 404 (its OpenAPI document of integrations)."""
MAX_WORD = 100
"""Characters beyond which no nearest word is looked for: the search takes longer the longer the word is."""
MAX_ENTRIES = 20
"""How many faults one answer lists."""

_TITLES = {
    401: "Unable to validate access token",
    422: "Validation Error",
}
_TEXT_STATUS = re.compile(
    r"/oauth(/|$)|/pcm(/|$)|/catalogs?(/|$)|/v2/(accounts|account-members|authentication-realms|subscriptions)(/|$)|/v2/customers/.+/addresses(/|$)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEntry:
    """One element of `errors`. `source` names the field that is wrong, where one is; `request_id` a fault of ours."""

    status: int
    title: str | None = None
    detail: str | None = None
    source: str | None = None
    request_id: str | None = None

    def document(self, path: str) -> dict[str, Any]:
        """As JSON for an answer on `path`."""
        shown: dict[str, Any] = {
            "status": str(self.status) if writes_status_as_text(path) else self.status,
            "title": self.title or title_of(self.status),
        }
        if self.detail:
            shown["detail"] = self.detail
        if self.source:
            shown["source"] = self.source
        if self.request_id:
            shown["request_id"] = self.request_id
        return shown


class Refusal(EmulatorError):
    """The call was refused; each entry says one reason."""

    def __init__(self, *entries: ErrorEntry, headers: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join(entry.detail or entry.title or title_of(entry.status) for entry in entries))
        self.entries = entries
        self.headers = dict(headers or {})
        self.status = entries[0].status


def refuse(status: int, detail: str | None = None, *, source: str | None = None) -> Refusal:
    """A refusal with one entry."""
    return Refusal(ErrorEntry(status=status, detail=detail, source=source))


def invalid(source: str, detail: str) -> ErrorEntry:
    """The entry for one field that is wrong."""
    return ErrorEntry(status=HTTPStatus.UNPROCESSABLE_ENTITY, source=source, detail=detail)


def not_found() -> Refusal:
    """The provider's 404 for an id that nothing has."""
    return refuse(HTTPStatus.NOT_FOUND, NOT_FOUND_DETAIL)


def refusal_of(error: EmulatorError) -> Refusal:
    """Any error of ours as an answer; the status is the error's own."""
    if isinstance(error, Refusal):
        return error
    source = render_path(error.path) if isinstance(error, InvalidInput) and error.path else None
    detail = str(error) if source else error.sentence
    headers = {"Retry-After": "1"} if isinstance(error, JournalUnwritable) else None
    return Refusal(ErrorEntry(status=error.status, detail=detail, source=source), headers=headers)


def quoted(word: str, most: int = 60) -> str:
    """A caller's own word in a sentence, cut where it would fill the page."""
    return f"'{word}'" if len(word) <= most else f"'{word[:most]}…'"


def hint(word: str, known: Iterable[str]) -> str:
    """The nearest known word as the end of a sentence; nothing for a word too long to be a slip of the pen."""
    return nearest(word, known) if len(word) <= MAX_WORD else ""


def title_of(status: int) -> str:
    """The provider's title for a status, or HTTP's own name for it."""
    if status in _TITLES:
        return _TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def writes_status_as_text(path: str) -> bool:
    """Whether the provider's document for this path has `status` as a string instead of an integer."""
    return _TEXT_STATUS.match(path) is not None
