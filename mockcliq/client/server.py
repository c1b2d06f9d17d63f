"""What can be asked of a server as a whole, whichever world is meant."""

from __future__ import annotations

import time
from typing import Any

from mockcliq.client.answers import rows
from mockcliq.client.errors import NoServer, Refused
from mockcliq.client.transport import Transport

_PAUSE_S = 0.05
_NOT_YET = 503


class ServerClient:
    """A server: whether it is there, and what it serves.

    Args:
        transport: To the server.

    Attributes:
        url: Its base URL.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.url = transport.url

    def health(self) -> None:
        """Ask whether the server is alive.

        Raises:
            NoServer: It is not.
        """
        self._told("alive", "/_mockcliq/health")

    def ready(self) -> bool:
        """Whether the server's world is there.

        Raises:
            NoServer: Nobody answers.
        """
        try:
            self._told("ready", "/_mockcliq/ready")
        except Refused as refused:
            if refused.status == _NOT_YET:
                return False
            raise
        return True

    def wait(self, timeout_s: float = 30.0) -> bool:
        """Wait until the server is there and ready; tells whether it came to that in so many seconds."""
        end = time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            try:
                timeout_s = min(left, self._transport.timeout_s)
                if ServerClient(Transport(self.url, timeout_s, None)).ready():
                    return True
            except (NoServer, Refused):
                pass
            time.sleep(min(left, _PAUSE_S))
        return False

    def operations(self) -> list[dict[str, Any]]:
        """The contract of each emulated operation, in the reference's order."""
        return [dict(row) for row in rows(self._transport.call("GET", "/_mockcliq/operations"), "operations")]

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document of the emulated API."""
        document = self._transport.call("GET", "/openapi.json")
        if not isinstance(document, dict) or "openapi" not in document:
            raise self._transport.unlike()
        return document

    def _told(self, status: str, path: str) -> None:
        if self._transport.call("GET", path) != {"status": status}:
            raise self._transport.unlike()
