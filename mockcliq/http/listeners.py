"""The sockets that a server listens on: its own, and those for https and of the proxy."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockcliq.contract.quoting import cause_of
from mockcliq.contract.urls import bracketed
from mockcliq.http.inherited import keep_from_children
from mockcliq.settings import Settings
from mockcliq.tls.endpoints import Endpoints

if TYPE_CHECKING:
    from mockcliq.tls.certificates import Certificates

BACKLOG = 2048

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - no address to call, and the one instead of it


class AddressUnusable(Exception):
    """The address cannot be listened on; the message says why."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        AddressUnusable: The port is taken, the host unknown, or the address not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            raise
    except (OSError, UnicodeError) as error:
        raise AddressUnusable(f"cannot listen on {host} port {port}: {cause_of(error)}") from error
    keep_from_children(listening)
    listening.setblocking(False)  # noqa: FBT003 - the standard library's
    return listening


def url_of(listening: socket.socket, scheme: str = "http") -> str:
    """The URL that leads to it from this machine: the address itself, since a name may lead elsewhere."""
    address, port = listening.getsockname()[:2]
    host = _ANY_ADDRESS.get(address, address)
    return f"{scheme}://{bracketed(host)}:{port}"


@dataclass(frozen=True)
class Listeners:
    """A server's sockets, bound and listening.

    Attributes:
        plain: For HTTP.
        tls: For https; None where it is off.
        proxy: Of the proxy; None where it is off.
        certificates: What is shown to clients that speak TLS; None where neither is on.
        passed: The hosts that the proxy lets through.
    """

    plain: socket.socket
    tls: socket.socket | None = None
    proxy: socket.socket | None = None
    certificates: Certificates | None = None
    passed: tuple[str, ...] = ()

    @property
    def endpoints(self) -> Endpoints:
        """Where clients reach them."""
        return Endpoints(_port(self.tls), _port(self.proxy), self.certificates, url_of(self.plain))


@contextmanager
def listen_by(settings: Settings) -> Iterator[Listeners]:
    """Listen on what the settings say; on leaving, all sockets are closed.

    Raises:
        AddressUnusable: A port is taken, the host unknown, or the address not ours.
        TlsUnusable: There is no certificate to show.
    """
    with ExitStack() as stack:
        plain = stack.enter_context(listen(settings.host, settings.port))
        has_tls = settings.tls != "off"
        if not (has_tls or settings.proxy):
            yield Listeners(plain)
            return

        from mockcliq.tls.certificates import Certificates  # noqa: PLC0415 - of servers that have TLS

        certificates = Certificates(settings)
        if settings.tls != "on-demand":
            _ = certificates.context
        yield Listeners(
            plain,
            stack.enter_context(listen(settings.host, settings.tls_port)) if has_tls else None,
            stack.enter_context(listen(settings.host, settings.proxy_port)) if settings.proxy else None,
            certificates,
            settings.proxy_pass,
        )


def _port(listening: socket.socket | None) -> int | None:
    return None if listening is None else int(listening.getsockname()[1])
