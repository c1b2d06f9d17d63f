"""The proxy: leads Zoho's hosts to this server, lets named hosts through, and refuses all others.

What leads here needs no second connection: behind a CONNECT the client's own is served, after its handshake, as if it
had come to the port for https. So a broken connection is broken for the client, and nothing is left half open.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import httptools
from uvicorn.server import ServerState

from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.contract.urls import DEFAULT_PORTS, Authority, authority, is_listed
from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.gateway.answers import Answer
from mockcliq.gateway.outside import (
    ADDRESS,
    FOREIGN_HOST,
    NO_PROXY_REQUEST,
    OTHER_PORT,
    PROXY_ITSELF,
    UNKNOWN_WORLD_OF_PROXY,
    UNREACHABLE,
)
from mockcliq.gateway.rules import HEAD_TOO_LARGE, REQUEST_UNFINISHED
from mockcliq.http.connection import Arrival, HttpConnection, last_answer
from mockcliq.http.limits import HEAD_LIMIT, HEADERS_LIMIT, Timeouts
from mockcliq.http.relay import Relay
from mockcliq.http.tls_connection import TlsConnection

if TYPE_CHECKING:
    from mockcliq.gateway.gateway import Gateway
    from mockcliq.tls.certificates import Certificates

_LOG = logging.getLogger("mockcliq")

_HOSTS = frozenset(ZOHO_HOSTS)
_END_OF_HEAD = b"\r\n\r\n"
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_CONNECT_TIMEOUT_S = 10
"""How long a host that is let through may take to be reached."""

_HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"te", b"upgrade"})
"""The headers that are between a client and its proxy alone."""


class _Request:
    """The head of a request to the proxy.

    Raises:
        httptools.HttpParserError: It is none.
    """

    def __init__(self, head: bytes) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        parser = httptools.HttpRequestParser(self)
        with suppress(httptools.HttpParserUpgrade):  # so it calls a CONNECT
            parser.feed_data(head)
        self.method: bytes = parser.get_method()

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def header(self, wanted: bytes) -> bytes:
        """The first value of a header, by its name in lower case; empty where there is none."""
        return next((value for name, value in self.headers if name.lower() == wanted), b"")


class _Target(NamedTuple):
    """Whom a client asks the proxy for; the scheme is None behind a CONNECT, since nobody says it."""

    host: str
    port: int
    scheme: str | None = None
    origin_form: bytes = b""


class Doors(NamedTuple):
    """What a client of the proxy can be handed over to.

    Attributes:
        gateway: Refuses, and writes what is refused into the journal.
        certificates: What is shown behind a CONNECT.
        connected: Makes the connection that serves a client, who came by a scheme, and to a world.
        passed: The names, and `*.names`, that are let through.
        server_state: uvicorn's.
        timeouts: How long clients are waited for.
        port: The proxy's own.
    """

    gateway: Gateway
    certificates: Certificates
    connected: Callable[[Arrival], HttpConnection]
    passed: Iterable[str]
    server_state: ServerState
    timeouts: Timeouts
    port: int


class ProxyConnection(asyncio.Protocol):
    """A client of the proxy, until its first head is read; then another protocol has its connection."""

    transport: asyncio.Transport

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._received = b""
        """What came so far; once the head is read, what came behind it."""
        self._connections: set[Any] = doors.server_state.connections
        self._timer: asyncio.TimerHandle | None = None
        self._work: asyncio.Task[None] | None = None
        self._is_refused = False
        """Whether it has its last answer; what still comes is taken in for a moment, and dropped."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a socket has this one
        self.transport = transport
        self._connections.add(self)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._doors.timeouts.request, self._time_is_over)

    def data_received(self, data: bytes) -> None:
        """Read until the head is whole."""
        if self._is_refused:
            return
        self._received += data
        if self._work is not None:
            return
        end = self._received.find(_END_OF_HEAD, 0, HEAD_LIMIT)
        if end < 0:
            if len(self._received) > HEAD_LIMIT:
                self._refuse(Refusal(HEAD_TOO_LARGE, bytes=HEAD_LIMIT, count=HEADERS_LIMIT))
            return
        self._end_timer()
        end += len(_END_OF_HEAD)
        head, self._received = self._received[:end], self._received[end:]
        try:
            request = _Request(head)
        except httptools.HttpParserError:
            self._refuse(_no_proxy_request(head.split(b"\r\n", 1)[0]))
            return
        self._work = asyncio.get_running_loop().create_task(self._serve(request))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._end_timer()
        self._connections.discard(self)
        if self._work is not None:
            self._work.cancel()

    def shutdown(self) -> None:
        """Close it: it has asked for nothing yet, or waits for somebody else."""
        self.transport.abort()

    async def _serve(self, request: _Request) -> None:
        try:
            await self._answer(request)
        except Exception:  # noqa: BLE001 - whatever it is, the client is not left waiting
            _LOG.exception("unforeseen error in %s to the proxy", request.method.decode())
            self.transport.abort()

    async def _answer(self, request: _Request) -> None:
        try:
            target = _target(request)
            arrival = Arrival(target.scheme, await self._world(request))
            rule = self._judge(target)
            if rule is not None:
                await self._refuse_outside(request, target, rule, arrival.world)
            elif target.host in _HOSTS:
                self._lead_here(request, target, arrival)
            else:
                await self._let_through(request, target, arrival.world)
        except Refusal as refusal:
            self._refuse(refusal)

    def _judge(self, target: _Target) -> Rule | None:
        """Why a target is outside; None where it is not."""
        if target.host in _HOSTS:
            return None if target.port in DEFAULT_PORTS.values() else OTHER_PORT
        with suppress(ValueError):
            ip_address(target.host.strip("[]"))
            return ADDRESS
        if is_listed(target.host, self._doors.passed):
            return None
        return FOREIGN_HOST

    async def _world(self, request: _Request) -> str | None:
        """The world that the proxy's URL names as its user; None where it names none."""
        scheme, _, encoded = request.header(b"proxy-authorization").partition(b" ")
        if scheme.lower() != b"basic":
            return None
        try:
            name = unquote(b64decode(encoded.strip(), validate=True).partition(b":")[0].decode())
        except ValueError:
            name = "credentials that are not Basic's"
        if name and not await self._doors.gateway.has_world(name):
            raise Refusal(UNKNOWN_WORLD_OF_PROXY, world=name)
        return name or None

    # Whom a client is handed over to

    def _lead_here(self, request: _Request, target: _Target, arrival: Arrival) -> None:
        early = self._received
        if target.scheme is not None:
            # The next request on this connection may be for another host: so it is the last one.
            self._give(self._doors.connected(arrival), _origin_form(request, target) + early)
            return
        self.transport.write(_ESTABLISHED)
        if target.port == DEFAULT_PORTS["http"]:
            self._give(self._doors.connected(arrival._replace(scheme="http")), early)
        else:
            doors = self._doors
            self._give(
                TlsConnection(
                    doors.certificates,
                    partial(doors.connected, arrival._replace(scheme="https")),
                    doors.server_state,
                    doors.timeouts,
                    f"CONNECT {target.host}:{target.port}",
                ),
                early,
            )

    async def _let_through(self, request: _Request, target: _Target, world: str | None) -> None:
        """Relay to a host that the settings name."""
        if target.scheme == "https":
            raise Refusal(
                UNREACHABLE, host=target.host, port=target.port, error="https is relayed behind CONNECT alone"
            )
        loop = asyncio.get_running_loop()
        self.transport.pause_reading()
        ends = Relay(self._connections), Relay(self._connections)
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                far, _ = await loop.create_connection(lambda: ends[1], target.host, target.port)
        except (OSError, UnicodeError) as error:  # a name can be too long to be looked up
            said = "no answer in time" if isinstance(error, TimeoutError) else getattr(error, "strerror", None)
            raise Refusal(UNREACHABLE, host=target.host, port=target.port, error=said or str(error)) from error
        if self._is_own(far):
            far.abort()
            await self._refuse_outside(request, target, PROXY_ITSELF, world)
            return
        if target.scheme is None:
            self.transport.write(_ESTABLISHED)
        else:
            far.write(_origin_form(request, target))
        self._give(ends[0])
        ends[0].join(ends[1])
        far.write(self._received)
        ends[1].join(ends[0])
        self.transport.resume_reading()

    def _is_own(self, far: asyncio.Transport) -> bool:
        """Whether a connection leads to this proxy."""
        peer, port = (far.get_extra_info("peername") or ("", 0))[:2]  # one that has gone has none
        own = far.get_extra_info("sockname")[0]
        # All of 127.0.0.0/8 leads here, from one address.
        return bool(port == self._doors.port and (peer == own or ip_address(peer).is_loopback))

    def _give(self, protocol: asyncio.Protocol, early: bytes = b"") -> None:
        """Hand the connection over to a protocol."""
        self._connections.discard(self)
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if early:
            protocol.data_received(early)

    # Refusals

    async def _refuse_outside(self, request: _Request, target: _Target, rule: Rule, world: str | None) -> None:
        method = request.method.decode()
        refusal = Refusal(rule, host=target.host, port=target.port)
        agent = [(b"user-agent", value) for value in (request.header(b"user-agent"),) if value]
        answer, headers = await self._doors.gateway.refuse_outside(
            refusal, method, f"{target.host}:{target.port}", agent, world
        )
        self._write(answer, headers)

    def _refuse(self, refusal: Refusal) -> None:
        self._write(*self._doors.gateway.refuse_at_proxy(refusal))

    def _write(self, answer: Answer, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._end_timer()
        # Many clients of proxies show no more of an answer than its first line.
        phrase = b"" if answer.reason is None else answer.reason.line.encode()
        self.transport.write(last_answer(answer, headers, phrase))
        # A close at once would be a reset to a client that still sends its body, and it might never see the answer.
        self._is_refused, self._received = True, b""
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.transport.resume_reading()
            self._timer = asyncio.get_running_loop().call_later(self._doors.timeouts.linger, self.transport.abort)

    def _time_is_over(self) -> None:
        self._refuse(Refusal(REQUEST_UNFINISHED, seconds=f"{self._doors.timeouts.request:g}"))

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _target(request: _Request) -> _Target:
    """Whom a request asks the proxy for.

    Raises:
        Refusal: It is for a server, and not for a proxy.
    """
    text = request.target.decode("latin-1")
    if request.method == b"CONNECT":
        where = authority(text)
        if where is not None and where.port is not None:
            return _Target(where.name, where.port)
        raise _no_proxy_request(request.target, request.method)
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _no_proxy_request(request.target, request.method) from error
    where = authority(parts.netloc.rpartition("@")[2])
    if where is None or parts.scheme not in DEFAULT_PORTS:
        raise _no_proxy_request(request.target, request.method)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return _Target(where.name, where.port or DEFAULT_PORTS[parts.scheme], parts.scheme, path.encode("latin-1"))


def _no_proxy_request(target: bytes, method: bytes = b"") -> Refusal:
    # No more than the beginning of it: what follows may be secret.
    line = b" ".join(filter(None, (method, target.split(b"?", 1)[0][:40]))).decode("latin-1")
    return Refusal(NO_PROXY_REQUEST, line=line)


def _origin_form(request: _Request, target: _Target) -> bytes:
    """The head of a request as the host itself is sent it, for one request alone."""
    default = DEFAULT_PORTS[target.scheme or "http"]
    host = str(Authority(target.host, None if target.port == default else target.port)).encode()
    lines = [b"%b %b HTTP/1.1" % (request.method, target.origin_form), b"host: " + host]
    named = b",".join(value for name, value in request.headers if name.lower() == b"connection")
    left_out = {*_HOP_BY_HOP, b"host", *(each.strip() for each in named.lower().split(b","))}
    lines += [b"%b: %b" % each for each in request.headers if each[0].lower() not in left_out]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])
