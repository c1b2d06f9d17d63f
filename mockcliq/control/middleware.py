"""What every request to the control API passes before it is routed: plain ASGI layers."""

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
"""Where the ASGI scope keeps the name of the world that the path named."""

BODY_KEY = "mockcliq.body"
"""Where the ASGI scope keeps what was read of a body's JSON, for a handler that reads its body itself."""

BODY_LIMIT = 64 * 1024 * 1024
"""At most so many bytes of a request's body are read: a world's state may be large."""

_DEPTH_LIMIT = 100
"""How deep JSON may be nested; far below where what writes it out again gives up."""

_PREFIX = re.compile("(.*)/worlds/([^/]+)(/.+)")


class WorldPrefix:
    """Lets every route of a world stand below ``/worlds/{world}`` too: takes the prefix off and remembers the name.

    A plain ASGI layer, so that each route is declared, built and documented once.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as one to the route itself."""
        found = _PREFIX.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is not None:
            scope = {**scope, "path": found[1] + found[3], WORLD_KEY: found[2]}
        await self.app(scope, receive, send)


class Inputs:
    """Refuses what the control API's document does not know, or no handler could bear; a plain ASGI layer.

    A query parameter that the route does not have is a mistake worth telling. A body is said to be JSON, as it is: a
    call from a shell, whose tools say otherwise, needs no header. It is handed on as it was understood, read or written
    anew, so that handlers get no numbers, texts or depths that JSON does not have or that could not be written out.

    Args:
        routes: Those that there are.
        app: What handles the request.
    """

    def __init__(self, routes: Iterable[BaseRoute], app: ASGIApp) -> None:
        self._app = app
        self._routes = [route for route in routes if isinstance(route, APIRoute)]
        self._by_path = {(method, route.path): route for route in self._routes for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as a sane one, or refuse it."""
        headers = dict(scope["headers"])
        has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        route = self._route(scope) if scope["query_string"] or has_body else None
        try:
            if route is not None and scope["query_string"]:
                _judge_query(scope["query_string"], list(_query_names(route.dependant)))
            if route is not None and has_body and _reads_body(route):
                body = await _read_body(receive, headers.get(b"content-length", b""))
                described = _described_body(route)
                if described is None:
                    document = _read_json(body)
                    body = b"" if document is None else orjson.dumps(document)
                elif list(described["content"]) == ["application/json"]:
                    scope = {**scope, BODY_KEY: _read_json(body)}
                scope, receive = _with_body(scope, body), _replayed(body, receive)
        except Problem as problem:
            await ProblemResponse(problem.status, problem.detail)(scope, receive, send)
        except ClientDisconnect:
            return
        else:
            await self._app(scope, receive, send)

    def _route(self, scope: Scope) -> APIRoute | None:
        """The route that the request is for; one without parameters in its path need not be searched for."""
        found = self._by_path.get((scope["method"], scope["path"].removeprefix(scope["root_path"])))
        return found or next((each for each in self._routes if each.matches(scope)[0] is Match.FULL), None)


def _query_names(dependant: Dependant) -> Iterator[str]:
    """The query parameters that a route takes, those of its dependencies too.

    Read off the route itself: the document says the same, but making it costs seven megabytes.
    """
    for parameter in dependant.query_params:
        model = parameter.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (field.alias or name for name, field in model.model_fields.items())
        else:
            yield parameter.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _described_body(route: APIRoute) -> Mapping[str, Any] | None:
    """What a route that reads its body itself says of it."""
    body: Mapping[str, Any] | None = (route.openapi_extra or {}).get("requestBody")
    return body


def _reads_body(route: APIRoute) -> bool:
    return route.body_field is not None or _described_body(route) is not None


def _judge_query(query_string: bytes, known: Sequence[str]) -> None:
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
    """The body's JSON; None where it is empty."""
    body = body.removeprefix(BOM_UTF8)
    if not body:
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"the body cannot be read as JSON: {error}") from error
    level: list[Any] = [document]
    for _ in range(_DEPTH_LIMIT):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return document
    raise Problem(400, f"the body's JSON is nested more than {_DEPTH_LIMIT} levels deep")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _with_body(scope: Scope, body: bytes) -> Scope:
    """The same request with that body."""
    replaced = (b"content-type", b"content-length", b"transfer-encoding")
    headers = [header for header in scope["headers"] if header[0] not in replaced]
    ours = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return {**scope, "headers": [*headers, *ours]}


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives that body, then what else the server has to tell."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
