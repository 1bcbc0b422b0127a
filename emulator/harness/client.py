"""A client of the control API: one method a route, sentences for errors."""

import ssl
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from emulator.domain.errors import EnvironmentFault
from emulator.harness.control_answer import refusal, told
from emulator.harness.feed import Feed
from emulator.harness.locate import Location

Document = dict[str, Any]


class ControlClient:
    """Talks to one server. Raises Refused with the server's sentence, EnvironmentFault when nobody answers."""

    def __init__(self, location: Location | str, *, timeout: float = 30.0) -> None:
        self.location = location if isinstance(location, Location) else Location(url=location, source="the caller")
        self.url = self.location.url
        # Proxy variables must not come between us and loopback.
        self._http = httpx.Client(
            base_url=self.url, trust_env=False, timeout=timeout, verify=_trust(self.location) or False
        )
        self._token: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # The server itself

    def health(self) -> bool:
        """Whether it is ready to deliver."""
        answer = self._send("GET", "/_emulator/health")
        return answer.status_code == httpx.codes.OK and "ready" in told(answer)

    def status(self) -> Document:
        return self._document("GET", "status")

    def environment(self) -> dict[str, str]:
        """What a receiver's environment needs to know of this server."""
        environment = self._document("GET", "env")
        return {"EPCC_API_BASE_URL": environment["EPCC_API_BASE_URL"], **environment}

    def reset(self, *, keep_integrations: bool = False) -> dict[str, int]:
        """Erase; how many of each were erased."""
        erased: dict[str, int] = self._call("POST", "reset", {"keep_integrations": keep_integrations})["erased"]
        return erased

    # Events

    def trigger(self, key: str, **request: Any) -> Document:
        """Make the shop raise an event; `events`, `deliveries` and `reasons`."""
        return self._document("POST", "trigger", {"key": key, **request}, timeout=None)

    def events(self, **filters: Any) -> Document:
        """Newest first: `data`, and the page in `meta` and `results`. Filters: key, resource, limit, offset."""
        return self._document("GET", "events", params=_query(filters))

    def event(self, identity: str) -> Document:
        """One event, with its payload."""
        return self._data("GET", f"events/{quote(identity)}")

    def why(self, identity: str) -> Document:
        """Where an event stands with each integration: `event`, `data` with verdicts and sentences, `text`."""
        return self._document("GET", f"events/{quote(identity)}/why")

    def integrity(self) -> Document:
        """Whether the shop hangs together: `resources` and `events` looked at, `findings`."""
        return self._document("GET", "integrity")

    def start_traffic(self, **how: Any) -> Document:
        """Keep the shop busy: `rate` (50/s), `mix` (stories and weights), `for` (10m), `count` (events)."""
        return self._data("POST", "traffic", how)

    def traffic(self, wait: float = 0) -> Document | None:
        """How it is doing, None when there was none; once it is over, or after so many wall seconds."""
        state: Document | None = self._call("GET", "traffic", params={"wait": str(wait)}, timeout=None)["data"]
        return state

    def stop_traffic(self) -> Document:
        """End it; what it came to."""
        return self._data("DELETE", "traffic")

    def resend(self, event: str, **how: Any) -> list[Document]:
        """An event again, to all who observe it; the deliveries. `new_job`, `payload`, `integration`."""
        return self._list("POST", "resend", {"event": event, **how})

    # Captures of the real service

    def load(self, messages: list[Document]) -> Document:
        """Load what messages (`body`, and `at` where it is known) tell of into the shop; what came of it."""
        return self._document("POST", "import", {"messages": messages}, timeout=None)

    def replay(self, messages: list[Document], integration: str, **pace: Any) -> Document:
        """Send messages as they were recorded; `start` and `data`, once all were answered. Pace: speed, start."""
        body = {"messages": messages, "integration": integration, **pace}
        return self._document("POST", "replay", body, timeout=None)

    # Deliveries

    def deliveries(self, **filters: Any) -> Document:
        """Newest first. Filters: integration, event, state, resource, job, limit, offset."""
        return self._document("GET", "deliveries", params=_query(filters))

    def delivery(self, job: str) -> Document:
        """One delivery, by job id or number, with its attempts and what is still to be sent."""
        return self._data("GET", f"deliveries/{quote(job, safe='')}")

    def attempts(self, **filters: Any) -> Document:
        """Attempts that ended, newest first. Filters: integration, delivery, limit, offset."""
        return self._document("GET", "attempts", params=_query(filters))

    def retry(self, job: str) -> Document:
        """One delivery again: same job, next attempt."""
        return self._data("POST", "retry", {"job": job})

    # Integrations

    def integrations(self) -> list[Document]:
        """All of them, in order of creation, secrets masked as in the provider's API."""
        return self._list("GET", "integrations")

    def ensure_integration(self, name: str, **attributes: Any) -> Document:
        """Make a managed integration of this name, or change the one there is; `data` and `production`."""
        return self._document("PUT", "integrations", {"name": name, **attributes})

    def delete_integration(self, id_or_key: str) -> None:
        self._call("DELETE", f"integrations/{quote(id_or_key, safe='')}")

    # Queues

    def queues(self) -> list[Document]:
        """The queues of the servers that run, with how much is in them."""
        return self._list("GET", "queues")

    def make_queue(self, name: str, *, region: str | None = None) -> Document:
        """`data`, and what goes with it: `integration_type`, `configuration` and `environment`."""
        return self._document("POST", "queues", {"name": name} | ({"region": region} if region else {}))

    def peek(self, name: str, **filters: Any) -> Document:
        """The oldest messages of a queue, which stay there: `data` and a `notice`. Filters: region, limit."""
        given = {key: str(value) for key, value in {"name": name, **filters}.items() if value is not None}
        return self._document("GET", "queues/messages", params=given)

    def purge(self, name: str, *, region: str | None = None) -> int:
        """Throw away what is in a queue; how many messages that was."""
        given = {"name": name} | ({"region": region} if region else {})
        purged: int = self._call("DELETE", "queues/messages", params=given)["purged"]
        return purged

    # Chaos

    def chaos(self) -> Document:
        """`profile`, `profiles` and `rules`."""
        return self._document("GET", "chaos")

    def set_profile(self, name: str) -> Document:
        return self._document("PUT", "profile", {"profile": name})

    def add_rule(self, rule: Mapping[str, Any]) -> Document:
        return self._data("POST", "chaos", dict(rule))

    def remove_rule(self, rule_id: str) -> None:
        self._call("DELETE", f"chaos/{quote(rule_id, safe='')}")

    def switch_rule(self, rule_id: str, *, on: bool) -> Document:
        """A rule off or on again, without losing it; the rules there are."""
        return self._document("PUT", f"chaos/{quote(rule_id, safe='')}", {"enabled": on})

    # By hand

    def hold(self, match: Mapping[str, Any], name: str | None = None) -> str:
        """Hold matching deliveries from now on; the hold's id."""
        body = {"match": dict(match)} | ({"id": name} if name else {})
        held: str = self._call("POST", "holds", body)["id"]
        return held

    def unhold(self, name: str) -> None:
        """Hold no new ones; those already held stay."""
        self._call("DELETE", f"holds/{quote(name, safe='')}")

    def holds(self) -> list[Document]:
        """What is being held from now on."""
        return self._list("GET", "holds")

    def held(self) -> list[Document]:
        """Sends that wait for something other than time, and why."""
        return self._list("GET", "held")

    def release(self, number: int | None = None) -> int:
        """Send what is held by hand, all of it or one delivery; how many went."""
        released: int = self._call("POST", "release", {"number": number})["released"]
        return released

    def pause(self, integration: str | None = None) -> list[str]:
        """Send nothing to it, or to nobody; who is paused now (`*` is everybody)."""
        paused: list[str] = self._call("POST", "pause", {"integration": integration})["paused"]
        return paused

    def resume(self, integration: str | None = None, *, but: Sequence[str] = ()) -> list[str]:
        """Send again, to it or to everybody `but` these; who is paused still."""
        body = {"integration": integration} | ({"but": [*but]} if but else {})
        paused: list[str] = self._call("POST", "resume", body)["paused"]
        return paused

    # Time

    def clock(self) -> Document:
        return self._document("GET", "clock")

    def advance(self, by: str, time_limit: float | None = None) -> Document:
        """Move virtual time by a duration such as `30m`, or as far as it gets within the limit (wall seconds); sends
        what falls due."""
        limit = {} if time_limit is None else {"time_limit": time_limit}
        return self._document("POST", "clock/advance", {"by": by} | limit, timeout=None)

    def set_speed(self, speed: float) -> Document:
        return self._document("PUT", "clock/speed", {"speed": speed})

    def settle(self, time_limit: float = 30.0) -> bool:
        """Wait until nothing is pending; False when the limit (wall seconds) passed first."""
        settled: bool = self._call("POST", "settle", {"time_limit": time_limit}, timeout=None)["settled"]
        return settled

    def wait_event(self, key: str, time_limit: float = 30.0) -> Document | None:
        """The newest event whose key matches this glob, waiting for one where there is none yet."""
        body = {"event": key, "time_limit": time_limit}
        found: Document | None = self._call("POST", "wait", body, timeout=None)["event"]
        return found

    # The feed

    def feed(self, after: int | None = None) -> Feed:
        """Every record after that one (without it: from now on), for as long as the server runs."""
        return Feed(self._http, after)

    # The provider's own API

    def shop(self, method: str, path: str, body: Any = None, **request: Any) -> Any:
        """A call of `/v2` as a client of the real service makes it, with a token of its own; the answer's JSON."""
        if self._token is None:
            known = self.environment()
            form = {
                "grant_type": "client_credentials",
                "client_id": known["EPCC_CLIENT_ID"],
                "client_secret": known["EPCC_CLIENT_SECRET"],
            }
            self._token = self._json("POST", "/oauth/access_token", data=form)["access_token"]
        headers = {"Authorization": f"Bearer {self._token}"}
        wrapped = {} if body is None else {"json": {"data": body}}
        return self._json(method, path, headers=headers, **wrapped, **request)

    # How

    def _document(self, method: str, route: str, body: Any = None, **request: Any) -> Document:
        document: Document = self._call(method, route, body, **request)
        return document

    def _data(self, method: str, route: str, body: Any = None) -> Document:
        data: Document = self._call(method, route, body)["data"]
        return data

    def _list(self, method: str, route: str, body: Any = None) -> list[Document]:
        data: list[Document] = self._call(method, route, body)["data"]
        return data

    def _call(self, method: str, route: str, body: Any = None, **request: Any) -> Any:
        answer = self._answer(method, f"/_emulator/{route}", **({} if body is None else {"json": body}), **request)
        return told(answer)

    def _json(self, method: str, path: str, **request: Any) -> Any:
        return self._answer(method, path, **request).json()

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = self._send(method, path, **request)
        if answer.is_error:
            raise refusal(answer)
        return answer

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **request)
        except httpx.TimeoutException:
            raise EnvironmentFault(f"the emulator at {self.url} does not answer in time") from None
        except httpx.ConnectError as error:
            if "CERTIFICATE" in str(error).upper():
                raise EnvironmentFault(
                    f"the certificate of {self.url} is not trusted; name the server's data directory with --data-dir"
                ) from None
            if "WRONG_VERSION_NUMBER" in str(error).upper():
                raise EnvironmentFault(f"what listens at {self.url} does not speak https; write http://") from None
            raise EnvironmentFault(self.location.absence) from None
        except httpx.TransportError:
            raise EnvironmentFault(f"the emulator at {self.url} went away before it had answered") from None


def _query(filters: Mapping[str, Any]) -> dict[str, str]:
    names = {"limit": "page[limit]", "offset": "page[offset]"}
    return {names.get(name, name): str(value) for name, value in filters.items() if value is not None}


def _trust(location: Location) -> ssl.SSLContext | None:
    """What to trust for https: the system's authorities and the server's own. Costs too much to make for http."""
    if not location.url.startswith("https:"):
        return None
    context = ssl.create_default_context()
    if location.ca_file is not None:
        context.load_verify_locations(location.ca_file)
    return context
