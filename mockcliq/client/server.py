"""Requests about a server as a whole."""

from __future__ import annotations

import time
from typing import Any

from mockcliq.client.answers import rows
from mockcliq.client.errors import NoServer, Refused
from mockcliq.client.transport import Transport

_PAUSE_S = 0.05
_NOT_YET = 503


class ServerClient:
    """A server: its health and its documents; ``url`` is its base URL."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.url = transport.url

    def health(self) -> None:
        """Check that the server is alive.

        Raises:
            NoServer: No server answers.
        """
        self._expect("alive", "/_mockcliq/health")

    def ready(self) -> bool:
        """Whether the server's world is ready.

        Raises:
            NoServer: No server answers.
        """
        try:
            self._expect("ready", "/_mockcliq/ready")
        except Refused as refused:
            if refused.status == _NOT_YET:
                return False
            raise
        return True

    def wait(self, timeout_s: float = 30.0) -> bool:
        """Wait until the server is ready; returns whether it is within ``timeout_s`` seconds."""
        deadline = time.monotonic() + timeout_s
        while (remaining_s := deadline - time.monotonic()) > 0:
            try:
                timeout_s = min(remaining_s, self._transport.timeout_s)
                if ServerClient(Transport(self.url, timeout_s, None)).ready():
                    return True
            except (NoServer, Refused):
                pass
            time.sleep(min(remaining_s, _PAUSE_S))
        return False

    def operations(self) -> list[dict[str, Any]]:
        """The contracts of the emulated operations, in the reference's order."""
        return [dict(row) for row in rows(self._transport.call("GET", "/_mockcliq/operations"), "operations")]

    def openapi(self) -> dict[str, Any]:
        document = self._transport.call("GET", "/openapi.json")
        if not isinstance(document, dict) or "openapi" not in document:
            raise self._transport.unlike()
        return document

    def _expect(self, status: str, path: str) -> None:
        if self._transport.call("GET", path) != {"status": status}:
            raise self._transport.unlike()
