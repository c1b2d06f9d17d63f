"""Interception: what this program calls by the names of certain hosts goes to a proxy, which leads it to the mock.

It needs the standard library alone, of Python 3.8 and later: ``launch/pythonpath/sitecustomize.py`` loads it by its
path into programs that have no MockCliq.

An intercepted host is never looked up: it resolves to a marker, an address in 127.128.0.0/9 that follows from its name.
A connection to a marker becomes one to the proxy, with a CONNECT that is done at once. The marker is an address and no
port, since libraries look hosts up without their ports. A handshake with one of the hosts is done by a context that
trusts the proxy's CA, whatever the caller's own trusts: a session that was made before has its context already.

Patched are attributes of ``socket`` and ``ssl``, and what goes past them: uvloop's loop and aiohttp's resolver on
aiodns. ``asyncio``, and what is built on it, goes by ``socket``.
"""

from __future__ import annotations

import base64
import errno
import functools
import ipaddress
import os
import socket
import ssl
import sys
import threading
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary, WeakSet

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_TIMEOUT_S = 10.0
"""How long the proxy may take to answer a CONNECT; it is on this machine, or near."""
_END_OF_HEAD = b"\r\n\r\n"
_HEAD_LIMIT = 65_536
_MAPPED = "::ffff:"
"""Before an IPv4 address, an IPv6 one that leads there."""
_IS_OURS = "mockcliq_interception"
"""On our contexts, so that an interception around this one, of another copy of this module, lets them be."""

_lock = threading.RLock()
_stack: list[Interception] = []
"""Those that have begun and not ended; the last decides."""
_hosts_by_marker: dict[str, str] = {}
"""It is kept: a pool may know an address longer than an interception lasts."""


class Interception:
    """A way for the calls of this process: from its beginning to its end, and for all threads.

    Of several the one that began last decides. At the beginning and at the end the connections that others made are
    closed: a pool that kept one would lead a later call to an earlier world.

    Args:
        proxy: Its URL, ``http://[user@]host:port``; the user names a world.
        ca: The certificate of the CA that the proxy's certificates are made by, as PEM.
        hosts: The names that are intercepted, in lower case.
        others: Whether the proxy gets all others as well, so that it refuses them. Local hosts, addresses of this
            machine and what ``NO_PROXY`` names are left alone.
    """

    def __init__(self, proxy: str, ca: str, hosts: Iterable[str], *, others: bool = False) -> None:
        parts = urlsplit(proxy)
        self._proxy = (parts.hostname or "", parts.port or 0)
        user = unquote(parts.username or "")
        credentials = base64.b64encode(f"{user}:".encode()).decode()
        self._header = f"Proxy-Authorization: Basic {credentials}\r\n" if user else ""
        self._hosts = frozenset(hosts)
        self._others = others
        self._context = ssl.create_default_context(cadata=ca)
        vars(self._context)[_IS_OURS] = True
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._left_alone = {self._proxy[0]}

    def begin(self) -> None:
        """Begin to intercept."""
        with _lock:
            if _stack:
                _stack[-1].close_connections()
            else:
                _install(() if self._others else self._hosts)
            _stack.append(self)

    def end(self) -> None:
        """End it; with the last one nothing is patched any more."""
        with _lock:
            _stack.remove(self)
            if not _stack:
                _uninstall()
            self.close_connections()

    def reach(self) -> None:
        """Check that the proxy is there; its address is kept.

        Raises:
            OSError: It is not.
        """
        _ = self._peer

    @functools.cached_property
    def _peer(self) -> tuple[int, tuple[Any, ...]]:
        """The family and the address of the proxy."""
        with socket.create_connection(self._proxy, timeout=_TIMEOUT_S) as probe:
            return probe.family, probe.getpeername()

    # What is intercepted

    def leads(self, name: str) -> bool:
        """Whether calls to a host, or to an address, go to the proxy."""
        return name in self._hosts or (self._others and not self._leaves_alone(name))

    def target(self, address: Any) -> tuple[str, int] | None:
        """The host and port that a connection goes to by the proxy; None where it goes its own way."""
        name = _name(address[0]) if isinstance(address, tuple) and len(address) > 1 else None
        if name is None or not isinstance(address[1], int):
            return None
        host = _hosts_by_marker.get(name[len(_MAPPED) :] if name.startswith(_MAPPED) else name)
        if host is None and self.leads(name):
            host = name
        return None if host is None else (host, address[1])

    def marker(self, name: str, family: int = 0) -> str:
        """The address that a host resolves to, and by which its connections are known."""
        as_ipv6 = family == socket.AF_INET6
        if not family:
            with suppress(OSError):  # that there is no proxy is told where a connection is made
                as_ipv6 = self._peer[0] == socket.AF_INET6
        return f"{_MAPPED if as_ipv6 else ''}{_marker(name)}"

    def leave_alone(self, addresses: Iterable[str]) -> None:
        """Leave the addresses of a host alone that is left alone."""
        if self._others:
            self._left_alone.update(addresses)

    def _leaves_alone(self, name: str) -> bool:
        if not name or name in self._left_alone or name == "localhost" or name.endswith(".localhost"):
            return True
        if name == socket.gethostname().lower():
            return True
        with suppress(ValueError):
            if _is_of_this_machine(name.partition("%")[0]):
                return True

        from urllib import request  # noqa: PLC0415 - a program's start need not load it

        return bool(request.proxy_bypass_environment(name))  # type: ignore[attr-defined]  # its types leave it out

    # Connections

    def connect(self, sock: socket.socket, target: tuple[str, int], connect: Callable[..., Any]) -> None:
        """Connect to a host by the proxy. It blocks for this moment, whatever the socket does else.

        Raises:
            ConnectionRefusedError: There is no proxy, or it refuses; the text has its reason.
        """
        raw = socket.socket  # an SSLSocket's own methods would speak TLS already
        timeout = raw.gettimeout(sock)
        raw.settimeout(sock, _TIMEOUT_S)
        try:
            connect(sock, self._address_for(sock))
            raw.sendall(sock, self._request(*target))
            answer = b""
            while _END_OF_HEAD not in answer and len(answer) < _HEAD_LIMIT:
                received = raw.recv(sock, _HEAD_LIMIT)
                if not received:
                    break
                answer += received
        except (OSError, UnicodeError) as error:
            said = getattr(error, "strerror", None) or error
            raise _refused(f"MockCliq's proxy at {self._shown} cannot be used: {said}") from error
        finally:
            raw.settimeout(sock, timeout)
        status = answer.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        if status[1:2] != ["200"]:
            raise _refused(f"MockCliq's proxy refused {target[0]}:{target[1]}: {' '.join(status[1:]) or 'no answer'}")
        self.track(sock)

    def context_for(self, name: str) -> ssl.SSLContext | None:
        """The context that a handshake with a host is done by; None for one that is not ours."""
        return self._context if name in self._hosts else None

    def make_socket(self) -> socket.socket:
        """A socket that can be connected to the proxy."""
        return socket.socket(self._peer[0], socket.SOCK_STREAM)

    def track(self, sock: socket.socket) -> None:
        """Close a connection with the others."""
        with _lock:
            self._sockets.add(sock)

    def close_connections(self) -> None:
        """Close what is open; a pool notices before it uses it again."""
        with _lock:
            sockets = list(self._sockets)
            self._sockets.clear()
        for each in sockets:
            with suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)

    @property
    def _shown(self) -> str:
        return "{}:{}".format(*self._proxy)

    def _address_for(self, sock: socket.socket) -> tuple[Any, ...]:
        family, address = self._peer
        if sock.family == family:
            return address
        if family == socket.AF_INET6:
            raise OSError("it has an IPv6 address alone, and the socket is one for IPv4")
        with suppress(OSError):
            socket.socket.setsockopt(sock, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        return (f"{_MAPPED}{address[0]}", address[1])

    def _request(self, host: str, port: int) -> bytes:
        name = host if host.isascii() else host.encode("idna").decode()
        where = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
        return f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{self._header}\r\n".encode()


def _current() -> Interception | None:
    return next(iter(_stack[-1:]), None)


def _name(host: Any) -> str | None:
    """A host's name as it is compared; None for what is none."""
    with suppress(UnicodeDecodeError):
        text = bytes(host).decode("ascii") if isinstance(host, (bytes, bytearray)) else host
        if isinstance(text, str):
            return (text[:-1] if text.endswith(".") else text).lower()
    return None


def _marker(name: str) -> str:
    number = zlib.crc32(name.encode())
    while True:
        marker = f"127.{0x80 | (number >> 16 & 0x7F)}.{number >> 8 & 0xFF}.{number & 0xFF}"
        if _hosts_by_marker.setdefault(marker, name) == name:
            return marker
        number += 1


def _is_of_this_machine(address: str) -> bool:
    """Whether an address leads to this machine: it does where one can listen.

    Raises:
        ValueError: It is no address.
    """
    parsed = ipaddress.ip_address(address)
    if parsed.is_loopback or parsed.is_unspecified:
        return True
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _refused(said: str) -> ConnectionRefusedError:
    return ConnectionRefusedError(errno.ECONNREFUSED, said)


# What stands in place of others: made from what was there, and passing everything on while nothing is intercepted


def _getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
        current, name = _current(), _name(host)
        if current is None or name is None or flags & socket.AI_NUMERICHOST:
            return original(host, port, family, type, proto, flags)
        if current.leads(name):
            return original(current.marker(name, family), port, family, type, proto, flags)
        found = original(host, port, family, type, proto, flags)
        current.leave_alone(each[4][0] for each in found)
        return found

    return getaddrinfo


def _gethostbyname(original: Callable[..., Any]) -> Callable[..., Any]:
    def gethostbyname(hostname: Any) -> Any:
        current, name = _current(), _name(hostname)
        if current is None or name is None or not current.leads(name):
            return original(hostname)
        return original(current.marker(name, socket.AF_INET))

    return gethostbyname


def _way(sock: socket.socket, address: Any) -> tuple[Interception, tuple[str, int]] | None:
    """Who connects a socket to where; None where it goes its own way."""
    current = _current()
    if current is None or sock.type != socket.SOCK_STREAM or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    target = current.target(address)
    return None if target is None else (current, target)


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> None:
        way = _way(self, address)
        if way is None:
            original(self, address)
        else:
            way[0].connect(self, way[1], original)

    return connect


def _connect_ex(original: Callable[..., Any]) -> Callable[..., Any]:
    def or_raise(sock: socket.socket, address: Any) -> None:
        number = original(sock, address)
        if number:
            raise OSError(number, os.strerror(number))

    def connect_ex(self: socket.socket, address: Any) -> Any:
        way = _way(self, address)
        if way is None:
            return original(self, address)
        try:
            way[0].connect(self, way[1], or_raise)
        except OSError as error:
            return error.errno
        return 0

    return connect_ex


def _secured(context: ssl.SSLContext, server_hostname: Any) -> tuple[Interception, ssl.SSLContext, str] | None:
    """Who does a handshake, by which context, for which name; None where the caller's own context does."""
    current, name = _current(), _name(server_hostname)
    if current is None or name is None or _IS_OURS in vars(context):
        return None
    ours = current.context_for(name)
    return None if ours is None else (current, ours, name)


def _wrap_socket(original: Callable[..., Any]) -> Callable[..., Any]:
    def wrap_socket(
        self: ssl.SSLContext,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        options = {
            "server_side": server_side,
            "do_handshake_on_connect": do_handshake_on_connect,
            "suppress_ragged_eofs": suppress_ragged_eofs,
        }
        secured = None if server_side else _secured(self, server_hostname)
        if secured is None:
            return original(self, sock, **options, server_hostname=server_hostname, session=session)
        # A session would be one of the caller's context. The socket itself has no connection any more.
        made = original(secured[1], sock, **options, server_hostname=secured[2])
        secured[0].track(made)
        return made

    return wrap_socket


def _wrap_bio(original: Callable[..., Any]) -> Callable[..., Any]:
    def wrap_bio(
        self: ssl.SSLContext,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        secured = None if server_side else _secured(self, server_hostname)
        if secured is None:
            return original(self, incoming, outgoing, server_side, server_hostname, session)
        return original(secured[1], incoming, outgoing, server_side, secured[2])

    return wrap_bio


def _loop_getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
        current, name = _current(), _name(host)
        if current is None or name is None:
            return await original(self, host, port, **options)
        if current.leads(name):
            return socket.getaddrinfo(host, port, **options)  # ours, which looks nothing up
        found = await original(self, host, port, **options)
        current.leave_alone(each[4][0] for each in found)
        return found

    return getaddrinfo


_KEPT = frozenset({"ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"})
"""What a connection on a socket is made with, of what one to a host is."""


def _loop_create_connection(original: Callable[..., Any]) -> Callable[..., Any]:
    async def create_connection(
        self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        current = _current()
        if current is None or current.target((host, port)) is None:
            return await original(self, protocol_factory, host, port, **options)
        kept = {name: value for name, value in options.items() if name in _KEPT}
        if kept.get("ssl") and kept.get("server_hostname") is None:
            kept["server_hostname"] = host
        sock = current.make_socket()
        try:
            sock.setblocking(False)
            sock.connect((host, port))  # by the patch of sockets
            return await original(self, protocol_factory, sock=sock, **kept)
        except BaseException:
            sock.close()
            raise

    return create_connection


def _resolve(original: Callable[..., Any]) -> Callable[..., Any]:
    async def resolve(self: Any, host: Any, port: int = 0, family: int = socket.AF_INET) -> Any:
        current, name = _current(), _name(host)
        if current is None or name is None:
            return await original(self, host, port, family)
        if current.leads(name):
            found = [(each[0], each[4][0]) for each in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)]
            numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
            shared = {"hostname": host, "port": port, "proto": 0, "flags": numeric}
            return [{**shared, "family": kind, "host": address} for kind, address in found]
        answer = await original(self, host, port, family)
        current.leave_alone(each["host"] for each in answer)
        return answer

    return resolve


class _Patch:
    """An attribute of a module, or of a class in it, that another stands in place of for a time.

    Args:
        module: The module.
        path: The attribute, such as ``socket.connect``.
        make: Makes what stands there from what stood there.
    """

    def __init__(self, module: str, path: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        self.module = module
        self._class, _, self._name = path.rpartition(".")
        self._make = make
        self._owner: Any = None
        self._before: Any = None
        """What the owner had itself; it may inherit the attribute."""
        self._replacement: Any = None
        self._beneath: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        """Ours that somebody else has patched, with what was there before them."""

    def put(self) -> None:
        """Put ours there, if the module is loaded and has such a thing."""
        owner: Any = sys.modules.get(self.module)
        if self._class:
            owner = getattr(owner, self._class, None)
        original = getattr(owner, self._name, None)
        if original is None:
            return
        self._owner, self._before = owner, vars(owner).get(self._name)
        if self._before is not None and self._before in self._beneath:
            # Somebody has put ours back since.
            self._replacement, self._before = self._before, self._beneath.pop(self._before)
            return
        self._replacement = functools.wraps(original)(self._make(original))
        setattr(owner, self._name, self._replacement)

    def take_back(self) -> None:
        """Restore what was there. Where somebody has patched ours, it stays beneath, and passes everything on."""
        if self._owner is None:
            return
        if vars(self._owner).get(self._name) is not self._replacement:
            self._beneath[self._replacement] = self._before
        elif self._before is None:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._before)
        self._owner = self._before = self._replacement = None


_PATCHES = (
    _Patch("socket", "getaddrinfo", _getaddrinfo),
    _Patch("socket", "gethostbyname", _gethostbyname),
    _Patch("socket", "gethostbyname_ex", _gethostbyname),
    _Patch("socket", "socket.connect", _connect),
    _Patch("socket", "socket.connect_ex", _connect_ex),
    _Patch("ssl", "SSLContext.wrap_socket", _wrap_socket),
    _Patch("ssl", "SSLContext.wrap_bio", _wrap_bio),
    _Patch("uvloop", "Loop.getaddrinfo", _loop_getaddrinfo),
    _Patch("uvloop", "Loop.create_connection", _loop_create_connection),
    _Patch("aiohttp.resolver", "AsyncResolver.resolve", _resolve),
)


class _OnImport:
    """Patches a module that is loaded later."""

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find a module that has patches as others do; None for any other."""
        patches = [each for each in _PATCHES if each.module == fullname]
        if not patches:
            return None
        others = (each.find_spec for each in sys.meta_path if each is not self and hasattr(each, "find_spec"))
        spec = next(filter(None, (find(fullname, path, target) for find in others)), None)
        loader: Any = None if spec is None else spec.loader
        if loader is None:
            return None

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            loader.exec_module(module)
            with _lock:
                for each in patches if _stack else ():
                    each.put()

        loader.exec_module = exec_module
        return spec


class _NoProxy:
    """Keeps hosts from a proxy that the environment names for everything."""

    _NAMES = ("NO_PROXY", "no_proxy")

    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}
        self._ours = ""

    def put(self, hosts: Iterable[str]) -> None:
        """Add hosts to both variables; the lower case one goes before the other."""
        self._before = {name: os.environ.get(name) for name in self._NAMES}
        there = (self._before["no_proxy"] or self._before["NO_PROXY"] or "").strip()
        self._ours = there if there == "*" else ",".join(filter(None, (there, *sorted(hosts))))
        os.environ.update(dict.fromkeys(self._NAMES, self._ours))

    def take_back(self) -> None:
        """Restore both, unless somebody has changed them since."""
        for name, value in self._before.items():
            if os.environ.get(name) == self._ours:
                del os.environ[name]
                if value is not None:
                    os.environ[name] = value
        self._before = {}


_on_import = _OnImport()
_no_proxy = _NoProxy()


def _install(hosts: Iterable[str]) -> None:
    for each in _PATCHES:
        each.put()
    sys.meta_path.insert(0, _on_import)
    if hosts:
        _no_proxy.put(hosts)


def _uninstall() -> None:
    _no_proxy.take_back()
    with suppress(ValueError):
        sys.meta_path.remove(_on_import)
    for each in _PATCHES:
        each.take_back()
