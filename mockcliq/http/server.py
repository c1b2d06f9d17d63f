"""Runs the application on uvicorn: the socket, the signals, and what reaches us that is not HTTP as we know it."""

from __future__ import annotations

import _thread
import asyncio
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from types import FrameType, coroutine
from typing import Any, NoReturn

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from mockcliq.app import MockCliq
from mockcliq.gateway.answers import ANSWER_AT_ONCE
from mockcliq.http.fd_limit import Crowding
from mockcliq.http.timeouts import HEAD_LIMIT, HEADERS_LIMIT, Config, Incoming, Timeouts
from mockcliq.worlds.registry import GivenUp

_LAST_CALL_S = 0.1
"""How long a client that does not know yet that the server ends is still answered: longer than it takes to ask."""

_GRACE_S = 1.0
"""How long answers in flight may take after SIGTERM."""

_LIMIT_S = 1.5
"""After so long a process that was told to end does so, whatever it does: within two seconds is the promise."""

_PAUSE_S = 0.01
"""How often it is looked whether answers are still in flight."""

_BACKLOG = 2048


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
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            raise
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise AddressUnusable(f"cannot listen on {host} port {port}: {said.lower()}") from error
    listening.setblocking(False)  # noqa: FBT003 - the standard library's
    return listening


class Server(uvicorn.Server):
    """One process that serves the application until it is told to end.

    Args:
        app: What to serve.
        listening: The socket to serve it on.
        ready: Called once, when the worlds are there.
        timeouts: How long clients are waited for.
    """

    def __init__(
        self,
        app: MockCliq,
        listening: socket.socket,
        ready: Callable[[], None] = lambda: None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - it is frozen
    ) -> None:
        super().__init__(
            Config(
                app,
                timeouts,
                http=HttpProtocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
            )
        )
        self._app = app
        self._listening = listening
        self._ready = ready
        self._crowding = Crowding()
        self.failure: BaseException | None = None

    def run_until_told(self) -> None:
        """Serve until a signal or `stop`.

        Raises:
            DatabaseUnusable: The world could not be written to its file.
        """
        self.run(sockets=[self._listening])
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """End it, from any thread; what is in flight is finished."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and tell when the worlds are there."""
        await super().startup(sockets)
        if not self.should_exit:
            self._app.startup.begin().add_done_callback(self._world_made)

    async def on_tick(self, counter: int) -> bool:
        """Look around, ten times a second."""
        self._crowding.see(len(self.server_state.connections))
        return await super().on_tick(counter)

    def _world_made(self, making: asyncio.Task[Any]) -> None:
        if making.cancelled():
            return
        self.failure = making.exception()
        if self.failure is not None:
            if isinstance(self.failure, GivenUp):
                self.failure = None
            self.should_exit = True
            return
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is in flight; hang up on what is not finished in time, and say nothing of it.

        No client is cut off that could not know: every answer from here on is the last of its connection and says so,
        and an idle connection is closed when its client has had time to ask once more.
        """
        state, loop = self.server_state, asyncio.get_running_loop()
        hanging_up = loop.call_later(_GRACE_S, self._hang_up)
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        waiting = self._accepted()
        for listener in self.servers:
            listener.close()
        for each in sockets or ():
            each.close()
        if self._app.startup.is_ready:
            self._app.startup.made.end_streams()
        await asyncio.gather(*(loop.connect_accepted_socket(self._protocol, each) for each in waiting))
        if state.connections:
            # Twice, so that what has come is read between the two, however late the loop is.
            for _ in range(2):
                await asyncio.sleep(_LAST_CALL_S / 2)
        for protocol in list(state.connections):
            protocol.shutdown()
        while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody when it drops one
            await asyncio.sleep(_PAUSE_S)
        hanging_up.cancel()
        await self.lifespan.shutdown()

    def _accepted(self) -> list[socket.socket]:
        """Whoever has connected by now; the loop lets in one at a turn, and would leave the others outside."""
        waiting = []
        with suppress(OSError):  # as soon as nobody is left
            while True:
                waiting.append(self._listening.accept()[0])
        return waiting

    def _protocol(self) -> HttpProtocol:
        return HttpProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGTERM and Ctrl-C end the server, and the process with exit 0; a second one ends it at once."""
        if threading.current_thread() is threading.main_thread():
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Finish what is in flight; told twice, end at once."""
        del sig, frame
        if self.should_exit:
            _end_at_once()
        self.should_exit = True
        # Not by threading, whose locks the code that the signal interrupts may hold.
        _thread.start_new_thread(end_in_time, ())


def end_in_time() -> None:
    """End the process when the time is over that it may take to; on a thread of its own."""
    time.sleep(_LIMIT_S)
    _end_at_once()


def _end_at_once() -> NoReturn:
    # Whatever still runs, a thread that makes a world among it, would be waited for. What was answered is safe, what
    # was not is undone by the next start, and a database file that was being made is made anew.
    os._exit(0)


class HttpProtocol(Incoming, HttpToolsProtocol):  # type: ignore[misc]  # it declares less than asyncio's and ours
    """uvicorn's fast protocol, for what almost every request is: plain, its head in one piece, nothing behind it yet.

    Its parser stands for all else too, but not as it should: it knows a list of methods and refuses the rest, which are
    owed a 405, does not tell where in a pipeline of requests such a one stands, reads no body of a request that asks
    for an upgrade, and takes heads and trailers without end. So a connection on which anything else comes is handed
    over, for good, to Python's own parser.
    """

    _owed = 0
    """How many bytes are still to come of the latest request's body."""
    _behind = b""
    """What came before the latest request was answered, and waits its turn."""
    _next: RequestResponseCycle | None = None
    """The latest request, between its parsing and its beginning."""

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        if self._owed:
            data = self._rest_of_body(data)
            if not data:
                return
        if self._behind or not self._is_idle():
            self._behind += data
            self.flow.pause_reading()
            return
        size = plain_size(data)
        if size is None or (size < len(data) and data[size:].strip(b"\r\n")):
            self._hand_over(data)
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data[:size])
        except httptools.HttpParserError:
            self._hand_over(data)
            return
        if size > len(data):
            self._owed = size - len(data)
            self.wait_for(self.cycle)
        self._begin()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        del app
        # Not before the parser is through: it may yet find that this is no request.
        self._next = cycle

    def _begin(self) -> None:
        """Carry a request out: one to the emulated API as far as it goes at once, which mostly is to its end.

        A task of its own would cost a turn of the event loop, which is dearer than a list.
        """
        cycle, self._next = self._next, None
        if cycle is None or self.transport.is_closing():
            return
        cycle.scope["extensions"] = {ANSWER_AT_ONCE: {"write": partial(self._answer_at_once, cycle)}}
        if not self.config.app.is_emulated(cycle.scope):
            super()._start_asgi_task(cycle, self.app)
            return
        begun = cycle.run_asgi(self.app)
        try:
            waited_for = begun.send(None)
        except StopIteration:
            return
        task = self.loop.create_task(_rest(begun, waited_for))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    @staticmethod
    def _answer_at_once(
        cycle: RequestResponseCycle, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes
    ) -> bool:
        """Write an answer as uvicorn would, in one piece; not where it would wait for the client first."""
        if cycle.flow.write_paused or cycle.disconnected:
            return False
        parts = [STATUS_LINE[status]]
        for name, value in (*cycle.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        if cycle.scope["method"] != "HEAD":
            parts.append(body)
        cycle.transport.write(b"".join(parts))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True

    def on_response_complete(self) -> None:
        """Go on to what came behind the request."""
        super().on_response_complete()
        if self._behind:
            # Not before the answered request is through, so that nothing is nested, and all written down in its order.
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if not self.transport.is_closing():
            behind, self._behind = self._behind, b""
            self.flow.resume_reading()
            self.data_received(behind)
            self.end_when_answered()

    def has_more(self) -> bool:
        """Whether anything came behind the latest request."""
        return bool(self._behind)

    def _rest_of_body(self, data: bytes) -> bytes:
        """Feed the parser what belongs to the latest request; gives what does not."""
        rest = data[: self._owed]
        self._owed -= len(rest)
        if not self._owed:
            self.wait_for(None)
        self.parser.feed_data(rest)
        return data[len(rest) :].lstrip(b"\r\n")

    def _is_idle(self) -> bool:
        """Whether no request of this connection waits for its answer."""
        latest: RequestResponseCycle | None = self.cycle  # None before the connection's first request
        return latest is None or latest.response_complete

    def _hand_over(self, data: bytes) -> None:
        from mockcliq.http.h11_protocol import PatientProtocol  # noqa: PLC0415 - few clients ever need it

        self._unset_keepalive_if_required()
        self.connections.discard(self)
        protocol = PatientProtocol(config=self.config, server_state=self.server_state, app_state=self.app_state)
        protocol.has_ended = self.has_ended
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        protocol.data_received(data)


_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?:\r|$)")


def plain_size(data: bytes) -> int | None:
    """The size of the request that begins there, its body included, if it is plain and its head there; else None."""
    end = data.find(_END_OF_HEAD)
    if not 0 < end <= HEAD_LIMIT:
        return None
    length = _announced_by(data[:end])
    return None if length is None else end + len(_END_OF_HEAD) + length


@lru_cache(maxsize=128)  # clients send the same head again and again
def _announced_by(head: bytes) -> int | None:
    """How long a body a plain head announces; None where it is not plain."""
    lowered = head.lower()
    if (
        b" http/1." not in lowered
        or b"\nupgrade:" in lowered
        or b"\ntransfer-encoding:" in lowered
        or lowered.count(b"\n") > HEADERS_LIMIT
        or lowered.startswith(b"connect ")
    ):
        return None
    if b"\ncontent-length:" not in lowered:
        return 0
    length = _LENGTH.search(lowered)
    return None if length is None else int(length[1])


async def _rest(begun: Coroutine[Any, Any, None], waited_for: Any) -> None:
    """What is left of a coroutine that was begun outside a task, and now waits for something."""
    await _handed_on(begun, waited_for)


@coroutine
def _handed_on(begun: Coroutine[Any, Any, None], waited_for: Any) -> Generator[Any, Any, None]:
    """Hand what it waits for on to the task, and what comes of that back, until it ends."""
    while True:
        try:
            value = yield waited_for
        except BaseException as error:  # noqa: BLE001 - whatever it is, a cancellation too, it is meant for the coroutine
            go_on = partial(begun.throw, error)
        else:
            go_on = partial(begun.send, value)
        try:
            waited_for = go_on()
        except StopIteration:
            return
