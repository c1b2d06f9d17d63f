"""The console's files for a browser; they are a client of the server and use none of its code.

A page of this server has its origin, and so may control it. So a policy forbids it all scripts, styles and addresses
but this server's, and making markup of text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from gzip import compress
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

Refused = Callable[[int, str, Mapping[str, str]], ASGIApp]
"""Makes a refusal from its status, its detail (what to change) and its headers."""

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
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",  # the next server on this port may have another version
}


class Console:
    """ASGI application that serves the page at its path, and its files below.

    The files are read once, at the first request.

    Args:
        path: The page's path, below the root path.
        refused: Makes the refusals.
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
        name = name or _INDEX
        if name not in load_files():
            return self._refused(404, f"the console has no such file; its page is at {page}", _HEADERS)
        return _unless_known(name, request)


@cache
def load_files() -> Mapping[str, bytes]:
    """The files by name."""
    return {file.name: file.read_bytes() for file in _FILES.iterdir() if file.suffix in _KINDS}


@cache
def _compressed(name: str) -> bytes:
    """The same bytes for the same file: without the time."""
    return compress(load_files()[name], 9, mtime=0)


def _takes_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` names gzip, or anything, and does not refuse it by ``q=0``."""
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() in ("gzip", "*"):
            return not re.fullmatch(r"q=0(\.0*)?", weight.replace(" ", ""))
    return False


def _unless_known(name: str, request: Request) -> Response:
    """The file, compressed for whoever takes that, or 304 if the browser knows its tag."""
    content = load_files()[name]
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {**_HEADERS, "Vary": "Accept-Encoding"}
    if _takes_gzip(request.headers.get("accept-encoding", "")):
        content = _compressed(name)
        tag = f'{tag[:-1]}-gzip"'  # a tag is of the bytes that are sent
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = tag
    known = request.headers.get("if-none-match", "")
    if {"*", tag} & {each.strip().removeprefix("W/") for each in known.split(",")}:
        headers.pop("Content-Encoding", None)
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_KINDS[Path(name).suffix])
