"""The console's files, as a browser asks for them; what they do is in them, and needs nothing of the server's code.

A page that this server gives out is of its own origin, and so may steer it. Therefore a policy forbids it every script,
style and address but this server's, and making markup of text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

Refused = Callable[[int, str, Mapping[str, str]], ASGIApp]
"""Makes the answer of a refusal: of its status, what to change, and headers."""

_FILES = Path(__file__).parent / "static"
_INDEX = "index.html"
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

_METHODS = ("GET", "HEAD")

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",  # asked after each time: the next server on this port may be of another version
}


class Console:
    """Serves the page at its path, and the files that it loads below; plain ASGI.

    A file is read whenever it is asked for: a browser does so once, and the server holds none of them in memory.

    Args:
        path: Where the page stands, below the root path.
        refused: Makes the answers that are no files.
    """

    def __init__(self, path: str, refused: Refused) -> None:
        self._path = path
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> ASGIApp:
        if request.method not in _METHODS:
            allow = ", ".join(_METHODS)
            return self._refused(405, f"the console is for looking at: it takes {allow}", {**_HEADERS, "Allow": allow})
        page = request.scope["root_path"] + self._path
        below = request.scope["path"].removeprefix(page)
        name = below.removeprefix("/")
        if below and name in ("", _INDEX):
            # The page names its files as it sees them from its own path.
            return RedirectResponse(f"../{self._path.rpartition('/')[2]}", headers=_HEADERS)
        file = _file(name or _INDEX)
        if file is None:
            return self._refused(404, f"the console has no such file; its page is at {page}", _HEADERS)
        return _unless_known(file, request.headers.get("if-none-match", ""))


def _file(name: str) -> Path | None:
    """The file of that name; searched for among those that there are, so that no name can lead elsewhere."""
    return next((file for file in _FILES.iterdir() if file.name == name and file.suffix in _KINDS), None)


def _unless_known(file: Path, known: str) -> Response:
    """The file, or that it is still what the browser knows by one of these tags."""
    content = file.read_bytes()
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {**_HEADERS, "ETag": tag}
    if {"*", tag} & {each.strip().removeprefix("W/") for each in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_KINDS[file.suffix])
