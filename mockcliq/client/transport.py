"""The client's HTTP: JSON requests, JSON answers, and server-sent events."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mockcliq.client.errors import NoServer, Refused

LONG_S = 600.0
"""The timeout for creating or copying a big world, in seconds."""

_KINDS = {"http": HTTPConnection, "https": HTTPSConnection}
_BEARER = re.compile(r"[\x21-\x7e]+")
_SUCCESS = range(200, 300)


class Transport:
    """Sends requests to one server, each on its own connection, so that threads and forks can share it; no proxies.

    Args:
        url: The server's URL, such as ``http://localhost:2547``.
        timeout_s: The timeout of an answer, in seconds.
        control_token: The token of the control API, if it has one.

    Raises:
        ValueError: The token has characters that a header cannot have.
    """

    def __init__(self, url: str, timeout_s: float, control_token: str | None) -> None:
        if control_token is not None and not _BEARER.fullmatch(control_token):
            raise ValueError("control_token: no header can carry it; it has spaces, or characters beyond ASCII")
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self.control_token = control_token

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Any:
        """Make a request and return the JSON of its answer. The body is sent as JSON, unless it is bytes.

        Raises:
            NoServer: No server answers, or one that is not MockCliq.
            Refused: The server refused.
        """
        with self._request(method, path, body, query, timeout_s or self.timeout_s) as answer:
            return json.load(answer)

    def events(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[tuple[str, Any]]:
        """Stream the server-sent events of a route, as names and data, until the server ends the stream.

        Raises:
            NoServer: No server answers, or the connection broke.
            Refused: The server refused.
        """
        with self._request("GET", path, None, query, None) as answer:
            name, data = "message", ""
            for line in answer:
                field, _, value = line.decode().rstrip("\r\n").partition(":")
                if field == "event":
                    name = value.strip()
                elif field == "data":
                    data += value.strip()
                elif not field and not value and data:
                    yield name, json.loads(data)
                    name, data = "message", ""

    def unlike(self) -> NoServer:
        """The error for an answer that is not MockCliq's."""
        return NoServer(f"what answers at {self.url} is not MockCliq")

    @contextmanager
    def _request(
        self, method: str, path: str, body: Any, query: Mapping[str, Any] | None, timeout_s: float | None
    ) -> Iterator[HTTPResponse]:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"{path}?{urlencode(given)}" if given else path
        headers = {"Accept": "*/*"}
        if self.control_token is not None:
            headers["Authorization"] = f"Bearer {self.control_token}"
        connection, prefix = self._connection(timeout_s)
        try:
            try:
                sent = body if body is None or isinstance(body, bytes) else json.dumps(body)
                connection.request(method, prefix + target, sent, headers)
                answer = connection.getresponse()
                if answer.status not in _SUCCESS:
                    raise _refusal(answer)
                yield answer
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError) as error:
            cause = getattr(error, "strerror", None) or str(error)
            raise NoServer(f"no MockCliq answers at {self.url}: {cause[:1].lower()}{cause[1:]}") from error

    def _connection(self, timeout_s: float | None) -> tuple[HTTPConnection, str]:
        """A connection, not yet opened, and the path prefix of the server's URL."""
        with suppress(ValueError):  # the port is no number, or a bracket is missing
            parts = urlsplit(self.url)
            kind = _KINDS.get(parts.scheme)
            if kind is not None and parts.hostname:
                return kind(parts.hostname, parts.port, timeout=timeout_s), parts.path
        raise NoServer(f"{self.url!r} is no server's URL; one is written like http://localhost:2547")


class Control:
    """The control API of one world."""

    def __init__(self, transport: Transport, world: str) -> None:
        self.transport = transport
        self.world = world
        self.prefix = f"/_mockcliq/worlds/{segment(world)}"

    def get(self, path: str, **query: Any) -> Any:
        """GET; None values are left out of the query."""
        return self.transport.call("GET", self.prefix + path, query=query)

    def events(self, path: str, **query: Any) -> Iterator[tuple[str, Any]]:
        return self.transport.events(self.prefix + path, query)

    def post(self, path: str, body: Any = None, timeout_s: float | None = None) -> Any:
        return self.transport.call("POST", self.prefix + path, body, timeout_s=timeout_s)

    def put(self, path: str, body: Any = None, timeout_s: float | None = None) -> Any:
        return self.transport.call("PUT", self.prefix + path, body, timeout_s=timeout_s)

    def patch(self, path: str, body: Any) -> Any:
        return self.transport.call("PATCH", self.prefix + path, body)

    def delete(self, path: str, **query: Any) -> Any:
        """DELETE; None values are left out of the query."""
        return self.transport.call("DELETE", self.prefix + path, query=query)


def segment(name: str) -> str:
    """Encode a name as one segment of a path."""
    return quote(name, safe="")


def _refusal(answer: HTTPResponse) -> Refused:
    try:
        problem = json.loads(answer.read())
        return Refused(answer.status, str(problem["detail"]), problem)
    except (ValueError, KeyError, TypeError):
        return Refused(answer.status, f"what answers there is not MockCliq: {answer.status} {answer.reason}")
