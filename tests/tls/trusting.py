"""Servers that speak TLS, and clients that trust their CA."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from mockcliq.settings import Settings
from tests.conftest import Cliq, Running, running
from tests.processes import PATIENCE_S

NO_NAME = r"UNRECOGNIZED_NAME|EOF"
"""How a handshake for a name without a certificate fails: not every loop sends the alert before it closes."""


@dataclass(frozen=True)
class Secure:
    """A server with https and a proxy, and the file of its CA."""

    server: Running
    ca: Path

    def port(self, which: str) -> int:
        """Its port `tls` or `proxy`."""
        port: int = self.server.control("GET", "/server")[f"{which}_port"]
        return port

    def context(self) -> ssl.SSLContext:
        """What trusts its CA, and nobody else, by the strict rules for certificates."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    @contextmanager
    def by_proxy(self, base_url: str, user: str = "", **arguments: Any) -> Iterator[Cliq]:
        """A client of the world that is told of the proxy and of the CA, and of nothing else."""
        proxy = f"http://{f'{user}:@' if user else ''}127.0.0.1:{self.port('proxy')}"
        context = arguments.pop("verify", None) or self.context()
        with httpx.Client(base_url=base_url, proxy=proxy, verify=context, trust_env=False, timeout=PATIENCE_S) as http:
            yield Cliq(Running(0, http), "1000.mockcliq.owner")

    @contextmanager
    def connected(self, which: str = "proxy") -> Iterator[socket.socket]:
        """A plain connection to one of its ports."""
        with socket.create_connection(("127.0.0.1", self.port(which)), PATIENCE_S) as connection:
            yield connection

    @contextmanager
    def tunnel(self, target: str = "cliq.zoho.com:443") -> Iterator[socket.socket]:
        """A connection behind a CONNECT that was granted."""
        with self.connected() as connection:
            connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            assert read_head(connection).startswith(b"HTTP/1.1 200 ")
            yield connection

    def outside(self) -> list[dict[str, Any]]:
        """The journal's entries of refused hosts."""
        entries: list[dict[str, Any]] = self.server.control("GET", "/requests?operation=outside")["requests"]
        return entries


def read_head(connection: socket.socket) -> bytes:
    """Read to the end of a head, or of the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and (read := connection.recv(1)):
        head += read
    return head


@contextmanager
def secure(directory: Path, **settings: Any) -> Iterator[Secure]:
    """A server with https and a proxy, whose CA lies in a folder."""
    own: dict[str, Any] = {"world": "documentation", "rate_limit": False, "tls": "on", "proxy": True}
    own |= {"tls_port": 0, "proxy_port": 0, "tls_directory": directory}
    with running(Settings(**own | settings)) as server:
        yield Secure(server, directory / "ca.pem")
