"""The control API's routes: FastAPI's, with stricter input and a short way for plain handlers."""

from __future__ import annotations

from asyncio import to_thread
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, NamedTuple, get_type_hints
from urllib.parse import parse_qsl

import orjson
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message

from mockcliq.contract.nesting import DEEPEST, TooManyValues, check_size, is_too_deep
from mockcliq.contract.quoting import escape
from mockcliq.contract.repeated_keys import RepeatedKey, check_keys
from mockcliq.contract.text import decode as decode_text
from mockcliq.control.problems import Problem
from mockcliq.gateway.content_encoding import NEED, TooLarge, Undecodable, decode
from mockcliq.runtime.budget import Spent
from mockcliq.settings import PREFIX
from mockcliq.worlds.startup import Startup

BODY_KEY = "mockcliq.body"
"""The key of a body's JSON in the ASGI scope, for a handler that validates its body itself."""


class _Limit(NamedTuple):
    """The maximum size of a body, in bytes, and what is said of a larger one."""

    size: int
    detail: str


_BODY_LIMIT = _Limit(1024 * 1024, f"the control API reads at most {1024 * 1024} bytes of body here")

_DOCUMENT_ROUTES = frozenset({"/state", "/worlds"})

_SMALL_BODY = 64 * 1024
"""Up to so many bytes a body is read between two calls; what is larger is read on a thread."""

_OF_BODY = (b"content-type", b"content-encoding")
"""The headers that tell what a body is, before it is read here."""

_PLAIN = {"request": Request, "return": Response}


class ControlRoute(APIRoute):
    """A route that refuses unknown and repeated query parameters, and normalizes JSON bodies.

    A body counts as JSON whatever its content type, so that a shell needs no header. Handlers get it as parsed here, so
    that they get no numbers, strings or depths that cannot be serialized.

    A handler of the request alone is called directly: solving its dependencies would take longer than a reset.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        is_plain = get_type_hints(self.endpoint) == _PLAIN
        handler = self.endpoint if is_plain else super().get_route_handler()
        known = list(_query_names(self.dependant))
        takes_document = self.path_format in _DOCUMENT_ROUTES
        described = (self.openapi_extra or {}).get("requestBody")

        async def handle(request: Request) -> Response:
            _check_query(request.scope["query_string"], known)
            if self.body_field is None and described is None:
                return await handler(request)
            try:
                body = await _read_body(request, _document_limit(request) if takes_document else _BODY_LIMIT)
            except ClientDisconnect:
                return Response()
            if described is None:
                document = await _by_size(body, _parse_json)
                body = b"" if document is None else orjson.dumps(document)
            elif list(described["content"]) == ["application/json"]:
                request.scope[BODY_KEY] = await _by_size(body, _parse_json)
            try:
                return await handler(_with_body(request, body))
            except ClientDisconnect:
                return Response()

        return handle


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


def _check_query(query_string: bytes, known: Sequence[str]) -> None:
    given = Counter(name for name, _ in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    unknown = [name for name in given if name not in known]
    if unknown:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise Problem(422, f"this route has no query parameter {', '.join(map(repr, unknown))}; {has}")
    repeated = [name for name, times in given.items() if times > 1]
    if repeated:
        raise Problem(422, f"the query parameter {repeated[0]!r} is given twice; give it once")


async def _read_body(request: Request, limit: _Limit) -> bytes:
    encoding = request.headers.get("content-encoding", "").encode("latin-1")
    try:
        body = await _read(request, limit)
        decoded: bytes = await _by_size(body, decode, encoding, limit.size)
    except TooLarge:
        raise Problem(413, limit.detail) from None
    except Undecodable as error:
        raise Problem(400, f"the body cannot be decoded: it has {escape(error)}; send {NEED}") from error
    return decoded


async def _read(request: Request, limit: _Limit) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit.size:
        raise Problem(413, limit.detail)
    body = bytearray()
    startup: Startup = request.app.state.startup
    try:
        with startup.uploads.lease() as take:
            async for chunk in request.stream():
                take(len(chunk))
                body += chunk
                if len(body) > limit.size:
                    raise Problem(413, limit.detail)
    except Spent:
        raise Problem(
            507,
            f"{startup.uploads.limit} bytes of bodies are in flight; send it again in a moment, or let more arrive at"
            f" the same time with {PREFIX}UPLOADS_BYTES",
        ) from None
    return bytes(body)


def _document_limit(request: Request) -> _Limit:
    size: int = request.app.state.settings.state_bytes
    larger = f"{PREFIX}STATE_BYTES lets the server take larger ones"
    return _Limit(size, f"the body of a request with a world's document has at most {size} bytes here; {larger}")


async def _by_size(body: bytes, work: Callable[..., Any], *arguments: Any) -> Any:
    """Do it with a body: at once with a small one, on a thread with a large one."""
    return work(body, *arguments) if len(body) <= _SMALL_BODY else await to_thread(work, body, *arguments)


def _parse_json(body: bytes) -> Any:
    """Parse a body's JSON; None where it is empty."""
    try:
        text = decode_text(body)
        if not text:
            return None
        check_size(text)
        document = orjson.loads(text)
    except TooManyValues as error:
        raise Problem(413, f"the body's JSON has {error}") from None
    except (UnicodeDecodeError, orjson.JSONDecodeError) as error:
        raise Problem(400, f"the body cannot be read as JSON: {error}") from error
    if is_too_deep(document, body):
        raise Problem(400, f"the body's JSON is nested more than {DEEPEST} levels deep")
    try:
        check_keys(text)
    except RepeatedKey as error:
        raise Problem(422, f"the body's JSON, {error}") from error
    return document


def _with_body(request: Request, body: bytes) -> Request:
    """Replace the request's body, and say that it is JSON; behind it comes what its client does, such as hang up."""
    headers = [header for header in request.scope["headers"] if header[0] not in _OF_BODY]
    messages: list[Message] = [{"type": "http.request", "body": body}]

    async def receive() -> Message:
        return messages.pop() if messages else await request.receive()

    return Request({**request.scope, "headers": [*headers, (b"content-type", b"application/json")]}, receive)
