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
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def health(self) -> None:
        """Ask whether the server is alive.

        Raises:
            NoServer: It is not.
        """
        self._get("/_mockcliq/health")

    def ready(self) -> bool:
        """Whether the server's world is there.

        Raises:
            NoServer: Nobody answers.
        """
        try:
            self._get("/_mockcliq/ready")
        except Refused as refused:
            if refused.status == 503:  # noqa: PLR2004 - what "not yet" is called
                return False
            raise
        return True

    def wait(self, timeout_s: float) -> bool:
        """Wait until the server is there and ready; tells whether it came to that in time."""
        end = time.monotonic() + timeout_s
        while True:
            try:
                if self.ready():
                    return True
            except NoServer:
                pass
            if time.monotonic() + _PAUSE_S > end:
                return False
            time.sleep(_PAUSE_S)

    def operations(self) -> list[dict[str, Any]]:
        """The contract of each emulated operation, in the reference's order."""
        operations: list[dict[str, Any]] = self._get("/_mockcliq/operations")["operations"]
        return operations

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of the emulated API."""
        document: dict[str, Any] = self._get("/openapi.json")
        return document

    def _get(self, path: str) -> Any:
        try:
            with _open(Request(self.url + path), timeout=_TIMEOUT_S) as answer:  # noqa: S310 - the user's own URL
                return json.load(answer)
        except HTTPError as error:
            raise Refused(error.code, _detail(error)) from error
        except (URLError, OSError, HTTPException, ValueError) as error:
            cause = error.reason if isinstance(error, URLError) else error
            raise NoServer(f"no MockCliq answers at {self.url}: {str(cause).lower()}") from error


def _detail(error: HTTPError) -> str:
    try:
        document = json.loads(error.read())
        return str(document.get("detail", document))
    except (ValueError, AttributeError):
        return f"{error.code} {error.reason}"
