"""Our application on a server that knows nothing of us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx
import uvicorn

from mockcliq.app import create_app
from mockcliq.http.server import listen
from mockcliq.settings import Settings
from tests.conftest import Running
from tests.processes import until


@contextmanager
def plain_uvicorn(
    settings: Settings, parser: str, loop: Literal["asyncio", "uvloop"], **config: Any
) -> Iterator[Running]:
    """Serve by plain uvicorn on a thread of this process; ready when it is given."""
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings), http=parser, loop=loop, ws="none", log_config=None, **config)
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
