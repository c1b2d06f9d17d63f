"""A connection that begins with TLS: on the port for https, and behind a CONNECT to the proxy."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from uvicorn.server import ServerState

from mockcliq.http.connection import HttpConnection
from mockcliq.http.limits import Timeouts
from mockcliq.tls.errors import TlsUnusable

if TYPE_CHECKING:
    from mockcliq.tls.certificates import Certificates

_LOG = logging.getLogger("mockcliq")

_UNTRUSTED = frozenset({"TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_UNKNOWN"})
"""What clients say, by OpenSSL's names, that do not know the CA."""
_NO_TLS = frozenset({"HTTP_REQUEST", "WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTPS_PROXY_REQUEST"})
_REFUSED_NAME = "CALLBACK_FAILED"
"""The client was told of it, and so was the log."""


class TlsConnection(asyncio.Protocol):
    """A connection until its handshake is done; from then on an `HttpConnection` serves it.

    Args:
        certificates: What the server shows.
        connected: Makes the connection that serves it.
        server_state: uvicorn's, whose connections it is among.
        timeouts: How long the client is waited for.
        where: What the client asked for, in words for the log.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        certificates: Certificates,
        connected: Callable[[], HttpConnection],
        server_state: ServerState,
        timeouts: Timeouts,
        where: str = "the port for https",
    ) -> None:
        self._certificates = certificates
        self._connected = connected
        self._connections: set[Any] = server_state.connections
        self._timeouts = timeouts
        self._where = where
        self._received = bytearray()
        """What came before the handshake's own protocol was there to take it; later, what came behind the handshake."""
        self._has_ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a socket has this one
        self.transport = transport
        self._connections.add(self)
        self._handshake = asyncio.get_running_loop().create_task(self._begin(transport))

    def data_received(self, data: bytes) -> None:
        self._received += data

    def eof_received(self) -> bool:
        self._has_ended = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._has_ended = True
        self._connections.discard(self)

    def shutdown(self) -> None:
        """Close it: it has asked for nothing yet."""
        self.transport.abort()

    async def _begin(self, plain: asyncio.Transport) -> None:
        try:
            secure = await self._shake_hands(plain, await self._context())
        except TlsUnusable as error:
            _LOG.error("%s was refused: %s", self._where, error)
            plain.abort()
        except OSError as error:
            self._explain(error)
            plain.abort()
        except Exception:  # noqa: BLE001 - whatever it is, the client is not left waiting
            _LOG.exception("unforeseen error in the TLS handshake of a client with %s", self._where)
            plain.abort()
        else:
            self._hand_over(secure)
            return
        self._connections.discard(self)

    async def _shake_hands(self, plain: asyncio.Transport, context: ssl.SSLContext) -> asyncio.Transport:
        if self._has_ended:
            raise ConnectionAbortedError
        loop = asyncio.get_running_loop()
        # From here to the first wait of `start_tls`, which puts its own protocol in place, nothing more can come.
        early, self._received = self._received, bytearray()
        if early:
            # In two turns: in one, that protocol is told of its connection.
            loop.call_soon(loop.call_soon, _feed, plain, early)
        secure = await loop.start_tls(
            plain,
            self,
            context,
            server_side=True,
            ssl_handshake_timeout=self._timeouts.request,
            ssl_shutdown_timeout=self._timeouts.linger,
        )
        assert secure is not None  # it is where nothing was raised
        return secure

    async def _context(self) -> ssl.SSLContext:
        certificates = self._certificates
        if "context" in vars(certificates):
            return certificates.context
        return await asyncio.to_thread(lambda: certificates.context)

    def _hand_over(self, secure: asyncio.Transport) -> None:
        self._connections.discard(self)
        if self._has_ended:
            secure.close()
            return
        connection = self._connected()
        secure.set_protocol(connection)
        connection.connection_made(secure)
        if self._received:
            connection.data_received(bytes(self._received))

    def _explain(self, error: OSError) -> None:
        """Say what the client's user should change; others learn of a failed handshake by their own library."""
        reason = getattr(error, "reason", None) or ""
        if reason in _UNTRUSTED:
            _LOG.warning(
                "a client does not trust the certificate of %s: `mockcliq ca` prints the file that it has to be given",
                self._where,
            )
        elif reason in _NO_TLS:
            _LOG.warning("a client does not speak TLS to %s", self._where)
        elif reason and reason != _REFUSED_NAME:
            _LOG.warning(
                "the TLS handshake of a client with %s failed: %s", self._where, reason.lower().replace("_", " ")
            )


def _feed(transport: asyncio.Transport, data: bytearray) -> None:
    """Have the protocol of a transport take bytes that were read before it was there."""
    protocol: Any = transport.get_protocol()  # a BufferedProtocol, though uvloop's is none by name
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        del data[:size]
        protocol.buffer_updated(size)
