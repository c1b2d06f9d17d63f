"""The client's HTTP: JSON requests, JSON answers, and server-sent events."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mockcliq.client.answers import Named, given, id_of
from mockcliq.client.errors import NoServer, Refused
from mockcliq.tls.place import known_ca

LONG_S = 600.0
"""The timeout for creating or copying a big world, in seconds."""

_BEARER = re.compile(r"[\x21-\x7e]+")
_SUCCESS = range(200, 300)


class Transport:
    """Sends requests to one server, each on its own connection, so that threads and forks can share it; no proxies.

    Paths are below ``prefix``. By https it trusts the system's CAs and this machine's own.

    Raises:
        ValueError: The token has characters that a header cannot have.
    """

    def __init__(self, url: str, timeout_s: float, control_token: str | None, prefix: str = "") -> None:
        if control_token is not None and not _BEARER.fullmatch(control_token):
            raise ValueError("control_token: no header can carry it; it has spaces, or characters beyond ASCII")
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self.control_token = control_token
        self.prefix = prefix

    def call(self, method: str, path: str, body: Any = None, *, timeout_s: float | None = None, **query: Any) -> Any:
        """Make a request and return the JSON of its answer. The body is sent as JSON, unless it is bytes.

        Raises:
            NoServer: No server answers, or one that is not MockCliq.
            Refused: The server refused.
        """
        with self._request(method, path, body, query, timeout_s or self.timeout_s) as answer:
            return json.load(answer)

    def text(self, path: str, **query: Any) -> str:
        """Get a text; raises as `call`."""
        with self._request("GET", path, None, query, self.timeout_s) as answer:
            return answer.read().decode()

    def events(self, path: str, **query: Any) -> Iterator[tuple[str, Any]]:
        """Stream the server-sent events of a route, as names and data, until the server ends it; raises as `call`."""
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
        self, method: str, path: str, body: Any, query: Mapping[str, Any], timeout_s: float | None
    ) -> Iterator[HTTPResponse]:
        encoded = urlencode(given(**query))
        target = f"{self.prefix}{path}?{encoded}" if encoded else self.prefix + path
        headers = {"Accept": "*/*"}
        if self.control_token is not None:
            headers["Authorization"] = f"Bearer {self.control_token}"
        try:
            connection, base = self._connection(timeout_s)
            try:
                sent = body if body is None or isinstance(body, bytes) else json.dumps(body)
                connection.request(method, base + target, sent, headers)
                answer = connection.getresponse()
                if answer.status not in _SUCCESS:
                    raise _refusal(answer)
                yield answer
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError) as error:
            cause = getattr(error, "strerror", None) or str(error)
            reason = cause[:1].lower() + cause[1:]
            raise NoServer(f"no MockCliq answers at {self.url}: {reason}; `mockcliq serve` starts one") from error

    def _connection(self, timeout_s: float | None) -> tuple[HTTPConnection, str]:
        """A connection, not yet opened, and the path prefix of the server's URL."""
        with suppress(ValueError):  # the port is no number, or a bracket is missing
            parts = urlsplit(self.url)
            host, port = parts.hostname, parts.port
            if host and parts.scheme == "http":
                return HTTPConnection(host, port, timeout=timeout_s), parts.path
            if host and parts.scheme == "https":
                return HTTPSConnection(host, port, timeout=timeout_s, context=self._tls), parts.path
        raise NoServer(f"{self.url!r} is no server's URL; one is written like http://localhost:2547")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        ca = known_ca()
        if ca is not None:
            context.load_verify_locations(ca)
        return context


class Resource:
    """A part of the control API of one world."""

    def __init__(self, control: Transport) -> None:
        self._control = control


def segment(thing: Named | str) -> str:
    """Encode an id or a name as one segment of a path."""
    return quote(id_of(thing), safe="")


def _refusal(answer: HTTPResponse) -> Refused:
    try:
        problem = json.loads(answer.read())
        return Refused(answer.status, str(problem["detail"]), problem)
    except (ValueError, KeyError, TypeError):
        return Refused(answer.status, f"what answers there is not MockCliq: {answer.status} {answer.reason}")
