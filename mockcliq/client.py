"""A client of the control API, on the standard library alone: what asks a server need not load one."""

from __future__ import annotations

import json
import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

_TIMEOUT_S = 10.0
_PAUSE_S = 0.05

# A mock is near: a proxy for the outside must not be asked the way to it.
_open = build_opener(ProxyHandler({})).open


class NoServer(Exception):
    """Nobody answers at the URL."""


class Refused(Exception):
    """The server refused; the message is its problem document's detail."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Client:
    """Speaks with one server.

    Args:
        url: Where it is, such as ``http://localhost:2547``.
        timeout_s: How long an answer may take.
    """

    def __init__(self, url: str, timeout_s: float = _TIMEOUT_S) -> None:
        self.url = url.rstrip("/")
        self._timeout_s = timeout_s

    def health(self) -> None:
        """Ask whether the server is alive.

        Raises:
            NoServer: It is not.
        """
        self._told("alive", self._get("/_mockcliq/health"))

    def ready(self) -> bool:
        """Whether the server's world is there.

        Raises:
            NoServer: Nobody answers.
        """
        try:
            self._told("ready", self._get("/_mockcliq/ready"))
        except Refused as refused:
            if refused.status == 503:  # noqa: PLR2004 - what "not yet" is called
                return False
            raise
        return True

    def wait(self, timeout_s: float) -> bool:
        """Wait until the server is there and ready; tells whether it came to that in time."""
        end = time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            try:
                if Client(self.url, min(left, self._timeout_s)).ready():
                    return True
            except (NoServer, Refused):
                pass
            time.sleep(min(left, _PAUSE_S))
        return False

    def operations(self) -> list[dict[str, Any]]:
        """The contract of each emulated operation, in the reference's order."""
        answer = self._get("/_mockcliq/operations")
        if not isinstance(answer, dict) or "operations" not in answer:
            raise self._other()
        operations: list[dict[str, Any]] = answer["operations"]
        return operations

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of the emulated API."""
        document = self._get("/openapi.json")
        if not isinstance(document, dict) or "openapi" not in document:
            raise self._other()
        return document

    def _told(self, status: str, answer: Any) -> None:
        if answer != {"status": status}:
            raise self._other()

    def _other(self) -> NoServer:
        return NoServer(f"what answers at {self.url} is not MockCliq")

    def _get(self, path: str) -> Any:
        try:
            with _open(Request(self.url + path), timeout=self._timeout_s) as answer:  # noqa: S310 - the user's own URL
                return json.load(answer)
        except HTTPError as error:
            raise Refused(error.code, _detail(error)) from error
        except (URLError, OSError, HTTPException, ValueError) as error:
            cause = error.reason if isinstance(error, URLError) else error
            raise NoServer(f"no MockCliq answers at {self.url}: {str(cause).lower()}") from error


def _detail(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read())["detail"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"what answers there is not MockCliq: {error.code} {error.reason}"
