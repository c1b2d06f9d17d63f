"""What we rely on in uvicorn beyond its documentation: a version that does it differently is found here first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

Protocol = Any
each_protocol = pytest.mark.parametrize("kind", [HttpToolsProtocol, H11Protocol])


class Transport(asyncio.Transport):
    """A socket's, of which is written down what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def unset(_scope: Scope, _receive: Receive, _send: Send) -> None:
    pytest.fail("the application of the configuration was called")


async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def say_nothing(_scope: Scope, receive: Receive, _send: Send) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def nothing(_protocol: Protocol, _transport: Transport) -> None:
    pass


def served(
    kind: type[Any],
    app: Any,
    sent: bytes,
    then: Callable[[Protocol, Transport], Awaitable[None]] = nothing,
) -> tuple[Protocol, Transport]:
    """Have a protocol serve these bytes by an application that is set on it, as our connection does."""

    async def serve() -> tuple[Protocol, Transport]:
        state, transport = ServerState(), Transport()
        protocol = kind(config=uvicorn.Config(unset, log_config=None), server_state=state, app_state={})
        protocol.app = app
        protocol.logger = logging.getLogger("test")
        protocol.connection_made(transport)
        assert state.connections == {protocol}
        assert protocol.transport is transport
        protocol.data_received(sent)
        await asyncio.sleep(0)
        await then(protocol, transport)
        await asyncio.gather(*state.tasks)
        return protocol, transport

    return asyncio.run(serve())


@each_protocol
def test_it_calls_the_application_that_is_set_and_tells_how_far_the_answer_is(kind: type[Any]) -> None:
    protocol, transport = served(kind, answer, GET)
    assert transport.written.startswith(b"HTTP/1.1 204 ")
    cycle = protocol.cycle
    assert (cycle.more_body, cycle.response_started, cycle.response_complete) == (False, True, True)


@each_protocol
def test_what_is_no_http_is_told_by_one_method(kind: type[Any]) -> None:
    class Told(kind):  # type: ignore[misc]  # it is a parameter
        told = 0

        def send_400_response(self, msg: str) -> None:
            del msg
            self.told += 1

    protocol, transport = served(Told, unset, b"\x00\x01\r\n\r\n")
    assert (protocol.told, protocol.cycle, transport.written, transport.is_closed) == (1, None, b"", False)


@each_protocol
def test_a_connection_that_is_said_to_be_lost_is_left_alone(kind: type[Any], caplog: pytest.LogCaptureFixture) -> None:
    async def lose(protocol: Protocol, transport: Transport) -> None:
        assert (protocol.cycle.response_started, transport.written) == (False, b"")
        protocol.connection_lost(ConnectionAbortedError())

    _, transport = served(kind, say_nothing, GET, lose)
    assert (transport.written, transport.is_closed) == (b"", False)
    assert caplog.messages == []


@each_protocol
def test_no_bytes_end_the_keep_alive_timer(kind: type[Any]) -> None:
    async def feed(protocol: Protocol, transport: Transport) -> None:
        await asyncio.sleep(0)
        assert protocol.timeout_keep_alive_task is not None
        if kind is HttpToolsProtocol:
            protocol.data_received(b"")
            assert protocol.timeout_keep_alive_task is None
        protocol.shutdown()
        assert transport.is_closed

    served(kind, answer, GET, feed)


def test_the_protocol_on_httptools_starts_a_request_by_the_loop_that_it_is_given() -> None:
    async def serve() -> None:
        loop, state, transport = asyncio.get_running_loop(), ServerState(), Transport()
        asked: list[str] = []

        class Loop:
            def create_task(self, request: Any) -> asyncio.Task[None]:
                asked.append(f"create_task {protocol.scope['path']}")
                return loop.create_task(request)

            def call_later(self, *of_timer: Any) -> asyncio.TimerHandle:
                asked.append("call_later")
                return loop.call_later(*of_timer)

        configuration = uvicorn.Config(answer, log_config=None)
        protocol = HttpToolsProtocol(config=configuration, server_state=state, app_state={}, _loop=Loop())  # type: ignore[arg-type]  # what it asks for
        protocol.connection_made(transport)
        protocol.data_received(GET)
        assert len(state.tasks) == 1
        await asyncio.gather(*state.tasks)
        assert asked == ["create_task /", "call_later"]

    asyncio.run(serve())


def test_a_server_has_what_ours_uses_and_overrides() -> None:
    server = uvicorn.Server(uvicorn.Config(unset, http=lambda **_: asyncio.Protocol(), lifespan="off", log_config=None))  # type: ignore[arg-type]  # called, and no more
    state = server.server_state
    assert (state.connections, state.tasks, state.default_headers, server.should_exit) == (set(), set(), [], False)
    for name in ("run", "startup", "shutdown", "on_tick", "capture_signals", "handle_exit"):
        assert callable(getattr(uvicorn.Server, name))

    async def stop(counter: int) -> bool:
        assert counter == 0
        assert server.servers
        assert callable(server.lifespan.shutdown)
        assert isinstance(server.config.http_protocol_class(), asyncio.Protocol)
        return True

    server.on_tick = stop  # type: ignore[method-assign]  # ours overrides it
    server.config.port = 0
    server.run()
