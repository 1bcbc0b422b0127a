"""Control answer: what an emulator has answered a control call; others than emulators are told apart."""

from collections.abc import Mapping
from typing import Any

import httpx

from emulator.domain.errors import EmulatorError, UserError


class Refused(UserError):
    """The server did not do what it was asked to; the sentence is the server's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ServerFault(EmulatorError):
    """The server failed."""


class Told(dict[str, Any]):
    """What an emulator has answered. Asked for something that is not in it, it was none."""

    def __init__(self, document: Mapping[str, Any], answer: httpx.Response) -> None:
        super().__init__(document)
        self._answer = answer

    def __missing__(self, key: str) -> Any:
        raise _stranger(self._answer, f"has no '{key}' in its answer")


def told(answer: httpx.Response) -> Told:
    """Raises ServerFault where that cannot be an emulator's."""
    try:
        document = answer.json()
    except ValueError:
        raise _stranger(answer, "did not answer in JSON") from None
    if not isinstance(document, dict):
        raise _stranger(answer, f"answered with a {type(document).__name__}")
    return Told(document, answer)


def _stranger(answer: httpx.Response, why: str) -> ServerFault:
    there = f"{answer.url.scheme}://{answer.url.netloc.decode()}"
    return ServerFault(f"what listens at {there} is no emulator: it {why} for {answer.url.path}")


def refusal(answer: httpx.Response) -> EmulatorError:
    """What an answer that is an error says."""
    try:
        entries = answer.json()["errors"]
        reasons = [_reason(entry) for entry in entries]
    except (ValueError, KeyError, TypeError):
        return _stranger(answer, f"answered {answer.status_code}")
    sentence = "; ".join(reasons)
    return ServerFault(sentence) if answer.is_server_error else Refused(sentence, answer.status_code)


def _reason(entry: Mapping[str, Any]) -> str:
    said = str(entry.get("detail") or entry.get("title") or entry.get("status"))
    source = str(entry.get("source") or "")
    return said if said.startswith(source) else f"{source}: {said}"
