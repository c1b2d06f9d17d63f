"""Our application on a uvicorn of somebody else's, with our HTTP protocol or without."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx
import uvicorn
from starlette.types import ASGIApp

from mockcliq.app import create_app
from mockcliq.http.connection import HttpConnection
from mockcliq.http.listeners import listen
from mockcliq.settings import Settings
from tests.conftest import Running
from tests.processes import until


class OnH11(HttpConnection):
    """Our protocol on a connection that is h11's from the beginning, as if something had come that is not plain."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._hand_over(b"")


@contextmanager
def plain_uvicorn(
    settings: Settings,
    protocol: str | type[HttpConnection],
    loop: Literal["asyncio", "uvloop"],
    within: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    **config: Any,
) -> Iterator[Running]:
    """Serve by plain uvicorn on a thread of this process; ready when it is given.

    Args:
        settings: The application's.
        protocol: uvicorn's name of one of its own, or ours.
        loop: The event loop.
        within: Makes the application that it is a part of.
        **config: Anything else that uvicorn shall have.
    """
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(
            uvicorn.Config(within(create_app(settings)), http=protocol, loop=loop, ws="none", log_config=None, **config)
        )
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        port = listening.getsockname()[1]
        try:
            until(lambda: server.started)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield Running(port, client)
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive(), "the server does not end"
