"""ASGI middleware of the control API."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockcliq.control.problems import Problem, ProblemResponse

WORLD_KEY = "mockcliq.worlds.world"
"""The key of the world's name in the ASGI scope."""

BODY_KEY = "mockcliq.body"
"""Where the ASGI scope keeps what was read of a body's JSON, for a handler that reads its body itself."""

BODY_LIMIT = 64 * 1024 * 1024
"""The maximum size of a request's body, in bytes: a world's state may be large."""

_DEPTH_LIMIT = 100
"""The maximum nesting of JSON, far below the serializer's own."""

_PREFIX = re.compile("(.*)/worlds/([^/]+)(/.+)")


class WorldPrefix:
    """Strips ``/worlds/{world}`` from the path and keeps the name, so that each route is declared once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PREFIX.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is not None:
            scope = {**scope, "path": found[1] + found[3], WORLD_KEY: found[2]}
        await self.app(scope, receive, send)


class InputValidator:
    """Validates requests: refuses unknown query parameters, and normalizes JSON bodies.

    A body counts as JSON whatever its content type, so that a shell needs no header. Handlers get it as parsed here, in
    the scope or written again, so that they get no numbers, strings or depths that cannot be serialized.
    """

    def __init__(self, routes: Iterable[BaseRoute], app: ASGIApp) -> None:
        self._app = app
        self._routes = [route for route in routes if isinstance(route, APIRoute)]
        self._by_path = {(method, route.path): route for route in self._routes for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        route = self._route(scope) if scope["query_string"] or has_body else None
        try:
            if route is not None and scope["query_string"]:
                _check_query(scope["query_string"], list(_query_names(route.dependant)))
            if route is not None and has_body and _reads_body(route):
                body = await _read_body(receive, headers.get(b"content-length", b""))
                described = _body_description(route)
                if described is None:
                    document = _read_json(body)
                    body = b"" if document is None else orjson.dumps(document)
                elif list(described["content"]) == ["application/json"]:
                    scope = {**scope, BODY_KEY: _read_json(body)}
                scope, receive = _with_body(scope, body), _replay(body, receive)
        except Problem as problem:
            await ProblemResponse(problem.status, problem.detail)(scope, receive, send)
        except ClientDisconnect:
            return
        else:
            await self._app(scope, receive, send)

    def _route(self, scope: Scope) -> APIRoute | None:
        """Find the route of a request; paths without parameters need no search."""
        found = self._by_path.get((scope["method"], scope["path"].removeprefix(scope["root_path"])))
        return found or next((each for each in self._routes if each.matches(scope)[0] is Match.FULL), None)


def _query_names(dependant: Dependant) -> Iterator[str]:
    """The query parameters of a route and its dependencies.

    From the route itself: building the OpenAPI document would cost seven megabytes.
    """
    for parameter in dependant.query_params:
        model = parameter.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (field.alias or name for name, field in model.model_fields.items())
        else:
            yield parameter.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _body_description(route: APIRoute) -> Mapping[str, Any] | None:
    """The body's OpenAPI description, of a route that parses its body itself."""
    body: Mapping[str, Any] | None = (route.openapi_extra or {}).get("requestBody")
    return body


def _reads_body(route: APIRoute) -> bool:
    return route.body_field is not None or _body_description(route) is not None


def _check_query(query_string: bytes, known: Sequence[str]) -> None:
    given = dict.fromkeys(name for name, _ in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    unknown = [name for name in given if name not in known]
    if unknown:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise Problem(422, f"this route has no query parameter {', '.join(map(repr, unknown))}; {has}")


async def _read_body(receive: Receive, announced: bytes) -> bytes:
    too_much = Problem(413, f"the control API reads at most {BODY_LIMIT // 1024 // 1024} MiB of body")
    if announced.isdigit() and int(announced) > BODY_LIMIT:
        raise too_much
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        size, more = size + len(chunks[-1]), message.get("more_body", False)
        if size > BODY_LIMIT:
            raise too_much
    return b"".join(chunks)


def _read_json(body: bytes) -> Any:
    """Parse a body's JSON; None where it is empty."""
    body = body.removeprefix(BOM_UTF8)
    if not body:
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"the body cannot be read as JSON: {error}") from error
    level: list[Any] = [document]
    for _ in range(_DEPTH_LIMIT):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return document
    raise Problem(400, f"the body's JSON is nested more than {_DEPTH_LIMIT} levels deep")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _with_body(scope: Scope, body: bytes) -> Scope:
    """Replace the request's body headers by those of a JSON body."""
    replaced = (b"content-type", b"content-length", b"transfer-encoding")
    headers = [header for header in scope["headers"] if header[0] not in replaced]
    added = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return {**scope, "headers": [*headers, *added]}


def _replay(body: bytes, receive: Receive) -> Receive:
    """Receive the body, then the messages of the server."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
