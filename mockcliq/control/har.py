"""Calls as an HTTP Archive (HAR 1.2), which the tools of every browser open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.control.deps import server_url
from mockcliq.control.journal_entries import base64_of, entry_of, rendered
from mockcliq.control.journal_filters import IssuedHere, SelectedPage
from mockcliq.control.pieces import Pieces, separated
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.routes import ControlRoute
from mockcliq.control.turns import InTurns
from mockcliq.gateway.outside import OUTSIDE
from mockcliq.runtime.journal import KEPT_BYTES, Exchange, Rendering
from mockcliq.version import __version__

router = APIRouter(tags=["Journal"], responses=PROBLEMS, route_class=ControlRoute)

FILE_NAME = "mockcliq.har"

_HEAD = b'{"log":{"version":"1.2","creator":%b,"entries":[' % orjson.dumps({"name": "MockCliq", "version": __version__})
_TAIL = b"]}}"

_MOST_BYTES = 64 * 1024 * 1024
"""The bytes of an archive's entries, beyond which the earlier ones are left out; its comment says so."""

_CUT_TAIL = b'],"comment":"Earlier calls are left out, since it would be too large."}}'

_SAFE = "/%:@!$&'()*+,;="
"""What a path of a URI may have as it is; a query may have ``?``, too."""

_OWN = ("id", "world", "user", "operation", "token_label", "reason", "fault", "created", "in_flight")
"""The keys of an entry for which HAR has no name."""

_HTTPS_PORT = ":443"

_CUT = f"Its first {KEPT_BYTES // 1024} KiB."

_TEXTS = ("text/", "application/json")
"""What is a text even if its last character was cut."""


@router.get(
    "/requests.har",
    summary="The journal as an HTTP Archive",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "HAR 1.2."}},
)
async def archive_requests(request: Request, selection: SelectedPage, issued: IssuedHere, turns: InTurns) -> Response:
    """Oldest first, by the filters of `GET /requests`; without `limit` all of them, but for 64 MiB at most.

    A call that got no answer has the status 0. Keys of our own begin with `_`.
    """
    base_url = server_url(request)
    found = await selection.latest(
        turns,
        selection.filters.limit,
        _MOST_BYTES,
        lambda each: orjson.dumps(har_entry(each, rendered(selection.journal, each, issued), base_url)),
    )
    answer = Pieces([*archive(found.entries, _CUT_TAIL if found.left_out == "bytes" else _TAIL)])
    answer.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return answer


def archive(entries: Iterable[bytes], tail: bytes = _TAIL) -> Iterator[bytes]:
    """The parts of an archive of these entries, oldest first."""
    yield _HEAD
    yield from separated(entries)
    yield tail


def har_entry(exchange: Exchange, rendering: Rendering, base_url: str) -> dict[str, Any]:
    """A call as an entry of an archive.

    Args:
        exchange: The call.
        rendering: The same without foreign secrets.
        base_url: The server's, which makes the call's URL absolute, unless it came by the name of one of Zoho's hosts.
    """
    entry = entry_of(rendering)
    status = entry.get("client_status", entry["status"]) or 0
    answer_headers = entry["answer_headers"]
    asked = {
        "method": entry["method"],
        "url": _url(exchange, rendering, base_url),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in rendering.headers],
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(rendering.target[1], keep_blank_values=True, errors="replace")
        ],
        "headersSize": -1,
        "bodySize": exchange.body_size,
    }
    if entry["body"] is not None:
        asked["postData"] = {"mimeType": entry["headers"].get("content-type", ""), "text": entry["body"]}
        if entry.get("body_truncated"):
            asked["postData"]["comment"] = _CUT
    return {
        "startedDateTime": entry["time"],
        "time": entry["duration_ms"],
        "request": asked,
        "response": {
            "status": status,
            "statusText": _phrase(status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": name, "value": value} for name, value in answer_headers.items()],
            "content": {
                "size": exchange.answer_size,
                "mimeType": answer_headers.get("content-type", ""),
                **_content(exchange, entry),
            },
            "redirectURL": answer_headers.get("location", ""),
            "headersSize": -1,
            "bodySize": exchange.answer_size,
        },
        "cache": {},
        "timings": {"send": 0, "wait": entry["duration_ms"], "receive": 0},
        **_own(entry),
    }


def _content(exchange: Exchange, entry: Mapping[str, Any]) -> dict[str, str]:
    """An answer's body, by base64 where it is no text, such as a picture."""
    comment = {"comment": _CUT} if entry.get("answer_truncated") else {}
    shown: str = entry["answer"] or ""
    is_text = entry["answer_headers"].get("content-type", "").startswith(_TEXTS)
    in_base64 = None if is_text else base64_of(exchange.answer, shown)
    return {"text": shown, **comment} if in_base64 is None else {"text": in_base64, "encoding": "base64", **comment}


def _own(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {f"_{name}": entry[name] for name in _OWN if entry.get(name) is not None}


def _url(exchange: Exchange, rendering: Rendering, base_url: str) -> str:
    path, query = rendering.target
    if exchange.operation is OUTSIDE:
        return f"{'https' if path.endswith(_HTTPS_PORT) else 'http'}://{quote(path, safe=_SAFE + '[]')}/"
    host = (exchange.headers.by_name.get(b"host") or b"").decode("latin-1").lower().removesuffix(_HTTPS_PORT)
    if host in ZOHO_HOSTS:
        base_url = f"https://{host}"
    slash = "" if path.startswith("/") else "/"
    asked = f"?{quote(query, safe=_SAFE + '?')}" if query else ""
    return f"{base_url}{slash}{quote(path, safe=_SAFE)}{asked}"


def _phrase(status: int) -> str:
    """The words of a status, as far as it has any."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
