"""A reverse proxy as people put in front of a server: it gives the server another Host than it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_OF_THE_CONNECTION = frozenset({"connection", "host", "keep-alive", "transfer-encoding"})


@contextmanager
def proxied(port: int, prefix: str = "", *, host: str | None = None, tells: bool = True) -> Iterator[str]:
    """A proxy in front of the server on that port; gives the URL by which its clients know the server.

    Args:
        port: The server's.
        prefix: The path below which it has the server, which the server does not see.
        host: The Host that it asks the server for; its address by default.
        tells: Whether it says by X-Forwarded-... what it was asked for.
    """

    class Handler(BaseHTTPRequestHandler):
        def _forward(self) -> None:
            told: Mapping[str, str] = {}
            if tells:
                told = {
                    "X-Forwarded-Host": self.headers["Host"],
                    "X-Forwarded-Proto": "http",
                    "X-Forwarded-Prefix": prefix,
                }
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION}
            if host is not None:
                headers["Host"] = host
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            server = HTTPConnection("127.0.0.1", port)
            with suppress(OSError):  # the client has gone
                server.request(self.command, self.path.removeprefix(prefix) or "/", body or None, {**headers, **told})
                answer = server.getresponse()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _OF_THE_CONNECTION:
                        self.send_header(name, value)
                self.send_header("Connection", "close")
                self.end_headers()
                while chunk := answer.read1():
                    self.wfile.write(chunk)
                    self.wfile.flush()
            server.close()

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _forward  # noqa: N815 - http.server's

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        proxy.daemon_threads = True
        proxy.block_on_close = False
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}{prefix}"
        finally:
            proxy.shutdown()
