"""Runs the application on uvicorn: the socket, the beginning, and the end."""

from __future__ import annotations

import _thread
import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any, NoReturn

import uvicorn

from mockcliq.app import MockCliq
from mockcliq.http.connection import Arrival, HttpConnection
from mockcliq.http.fd_limit import FdLimitWarning
from mockcliq.http.inherited import shut_down
from mockcliq.http.limits import Timeouts
from mockcliq.http.listeners import BACKLOG, Listeners
from mockcliq.http.watchdog import watchdog
from mockcliq.runtime.clock import monotonic
from mockcliq.worlds.giving_up import GivenUp

_LAST_CALL_S = 0.1
"""How long idle connections stay open once the server ends: longer than a request is on its way."""

_DRAIN_TIMEOUT_S = 1.0
"""How long answers in flight may take once the server ends."""

_EXIT_TIMEOUT_S = 1.5
"""How long a process may take that was told to end, whatever its threads do; two seconds are promised."""

_POLL_S = 0.01
"""How often it is looked whether answers are still in flight."""


class Server(uvicorn.Server):
    """Serves the application until it is told to end.

    All that ends it sets `should_exit`, and `shutdown` follows: `stop` for a server on a thread; `end_process` for
    signals and the end of standard input, which does not wait for busy threads.

    Args:
        app: What to serve.
        listeners: The sockets to serve it on.
        ready: Called once, when the worlds are there.
        timeouts: How long clients are waited for.
    """

    def __init__(
        self,
        app: MockCliq,
        listeners: Listeners,
        ready: Callable[[], None] = lambda: None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - it is frozen
    ) -> None:
        self._connection = partial(
            HttpConnection, refuse=app.gateway.refuse_unread, timeouts=timeouts, is_eager=app.is_emulated
        )
        super().__init__(
            uvicorn.Config(
                app,
                http=self._connection,  # type: ignore[arg-type]  # it calls it, and no more
                timeout_keep_alive=timeouts.idle,  # type: ignore[arg-type]  # it takes fractions
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
            )
        )
        self._app = app
        self._listeners = listeners
        self._timeouts = timeouts
        self._ready = ready
        self._fd_limit_warning = FdLimitWarning()
        self.failure: BaseException | None = None

    def run_until_told(self) -> None:
        """Serve until a signal or `stop`.

        Raises:
            DatabaseUnusable: The world could not be written to its file.
        """
        self.run(sockets=[self._listeners.plain])
        if self.failure is not None:
            raise self.failure

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and tell when the worlds are there."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        for listening, connection in self._doors():
            if listening is not self._listeners.plain:
                self.servers.append(await loop.create_server(connection, sock=listening, backlog=BACKLOG))
        if not self.should_exit:
            self._app.startup.begin().add_done_callback(self._world_made)

    def _world_made(self, making: asyncio.Task[Any]) -> None:
        if making.cancelled():
            return
        error = making.exception()
        if error is None:
            self._ready()
            return
        self.failure = None if isinstance(error, GivenUp) else error
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Check the number of connections, ten times a second."""
        self._fd_limit_warning.check(len(self.server_state.connections))
        return await super().on_tick(counter)

    # The end

    def stop(self) -> None:
        """End the server; answers in flight are finished. From any thread."""
        self.should_exit = True

    def end_process(self) -> None:
        """End the server, and the process with exit 0, whatever its threads do. From any thread or signal handler."""
        self.should_exit = True
        self._app.ends_by = monotonic() + _EXIT_TIMEOUT_S
        # Not by threading, whose locks the code that a signal interrupts may hold.
        _thread.start_new_thread(_exit_late, ())

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have SIGTERM and Ctrl-C end the process with exit 0; uvicorn would raise them again in the end."""
        if threading.current_thread() is threading.main_thread():
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, self.handle_exit)
            with watchdog():
                yield
        else:
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End the process; on a second signal, at once."""
        del sig, frame
        if self.should_exit:
            _exit()
        self.end_process()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish answers in flight, and break off what is not finished in time, without a word.

        No client is cut off that could not know: every answer from here on is the last of its connection and says so,
        and an idle connection is closed when its client has had time to ask once more.
        """
        state, loop = self.server_state, asyncio.get_running_loop()
        timeout = loop.call_later(_DRAIN_TIMEOUT_S, self._break_off)
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        accepted = [(connection, each) for door, connection in self._doors() for each in _accept_queued(door)]
        for listening, _ in self._doors():
            shut_down(listening)
        for each in (*self.servers, *(sockets or ())):
            each.close()
        if self._app.startup.is_ready:
            self._app.startup.made.end_streams()
        await asyncio.gather(*(loop.connect_accepted_socket(connection, each) for connection, each in accepted))
        if state.connections:
            # Twice, so that what has come is read between the two, however late the loop is.
            for _ in range(2):
                await asyncio.sleep(_LAST_CALL_S / 2)
        for each in list(state.connections):
            each.shutdown()
        while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody when it drops one
            await asyncio.sleep(_POLL_S)
        timeout.cancel()
        await self.lifespan.shutdown()

    def _doors(self) -> Iterator[tuple[socket.socket, Callable[[], asyncio.Protocol]]]:
        """The sockets, and what serves a connection that came by each."""
        listeners, state = self._listeners, self.server_state

        def connected(arrival: Arrival = Arrival()) -> HttpConnection:  # noqa: B008 - it cannot be changed
            return self._connection(self.config, state, self.lifespan.state, arrival=arrival)

        yield listeners.plain, connected
        if listeners.certificates is None:
            return
        # These bring more than every server needs.
        if listeners.tls is not None:
            from mockcliq.http.tls_connection import TlsConnection  # noqa: PLC0415 - of servers that have TLS

            yield listeners.tls, partial(TlsConnection, listeners.certificates, connected, state, self._timeouts)
        if listeners.proxy is not None:
            from mockcliq.http.proxy import Doors, ProxyConnection  # noqa: PLC0415 - of servers that have a proxy

            doors = Doors(
                self._app.gateway,
                listeners.certificates,
                connected,
                listeners.passed,
                state,
                self._timeouts,
                listeners.endpoints.proxy_port or 0,
            )
            yield listeners.proxy, partial(ProxyConnection, doors)

    def _break_off(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()


def _accept_queued(listening: socket.socket) -> list[socket.socket]:
    """Accept who has connected by now: the loop accepts one at a turn, and would leave the others to a reset."""
    accepted = []
    with suppress(OSError):  # nobody is left
        while True:
            accepted.append(listening.accept()[0])
    return accepted


def _exit_late() -> None:
    time.sleep(_EXIT_TIMEOUT_S)
    _exit()


def _exit() -> NoReturn:
    # Python would wait for threads, one that makes a world among them. What was answered is safe, what was not is
    # undone by the next start, and a database file that was being made is made anew.
    os._exit(0)
