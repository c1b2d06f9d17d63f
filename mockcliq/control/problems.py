"""The control API's refusals: RFC 9457 problem documents."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from mockcliq.contract.timestamps import NoMoment
from mockcliq.control.middleware import METHOD_KEY
from mockcliq.redaction import Issued, Redaction, nothing_issued
from mockcliq.runtime.clock import ClockOutOfRange
from mockcliq.seeding.errors import BadWorld
from mockcliq.store.troubles import DatabaseUnusable
from mockcliq.worlds.credentials import Taken
from mockcliq.worlds.startup import Startup

_LOG = logging.getLogger("mockcliq")

LOST_ADVICE = "put the file back in its place, or restart the server"


class Problem(Exception):
    """A refusal; ``detail`` says what to change, ``members`` are extension members of the document."""

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.members = members


class ProblemResponse(Response):
    """A problem document. Its detail may quote the request; only ``issued`` tokens are shown in full."""

    media_type = "application/problem+json"

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        issued: Issued = nothing_issued,
        **members: Any,
    ) -> None:
        document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        document["detail"] = Redaction(issued).sentence(detail)
        super().__init__(orjson.dumps({**document, **members}), status, headers)


def described(description: str) -> dict[str, Any]:
    """The OpenAPI description of a refusal."""
    return {"description": description, "content": {"application/problem+json": {"schema": _SCHEMA}}}


_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: described("The body is not JSON."),
    401: described("The control API's token is missing or wrong."),
    403: described("The request's Host or Origin is foreign."),
    404: described("The world, or the thing in it, does not exist; or the control API is off."),
    405: described("The route does not take this method."),
    409: described("The request conflicts with the state, such as a name that is taken."),
    413: described("The body is too large."),
    422: described("What to change, as a problem document (RFC 9457)."),
    503: described("The database file is lost, or the disk cannot be read; nothing was changed."),
    507: described("The disk cannot be written; nothing was changed."),
}
"""The refusals of all routes, for the OpenAPI document."""


_MESSAGES = {"extra_forbidden": "there is no such key; the reference at /_mockcliq/docs has those that there are"}
"""Messages that replace the framework's."""


_REFUSED: dict[type[Exception], tuple[int, str]] = {
    NoMoment: (422, "{error}"),
    ClockOutOfRange: (422, "{error}"),
    BadWorld: (422, "{error}"),
    UnicodeEncodeError: (422, "a text in the request cannot be written as UTF-8: {error}"),
}
"""The status and detail of errors that the handlers let through."""


def add_problem_handlers(app: FastAPI) -> None:
    """Answer all errors of the application with problem documents."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework_refusal)
    app.add_exception_handler(Taken, _taken)
    app.add_exception_handler(Exception, _unforeseen)
    for failed in (sqlite3.Error, OSError, DatabaseUnusable):
        app.add_exception_handler(failed, _failed)
    for refused, (status, detail) in _REFUSED.items():
        app.add_exception_handler(refused, partial(_refusal, status, detail))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    startup: Startup = request.app.state.startup
    issued = startup.made.has_issued if startup.is_ready else nothing_issued
    return ProblemResponse(error.status, error.detail, issued=issued, **error.members)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    redact = Redaction().sentence
    errors = [
        {
            "where": redact(".".join(str(part) for part in each["loc"])),
            "detail": redact(_MESSAGES.get(each["type"], each["msg"].removeprefix("Value error, "))),
        }
        for each in error.errors()
    ]
    return ProblemResponse(422, "; ".join(f"{each['where']}: {each['detail']}" for each in errors), errors=errors)


async def _framework_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework lists only the methods of the first route.
        same_path = [each for each in request.app.routes if each.matches(request.scope)[0] is not Match.NONE]
        methods = {method for route in same_path for method in route.methods}
        allow = ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))
        method = request.scope.get(METHOD_KEY, request.method)
        detail = f"{request.url.path} does not take {method}; it takes {allow}"
        return ProblemResponse(error.status_code, detail, {"Allow": allow})
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"the control API has no {request.url.path}; its routes are listed at /_mockcliq/docs"
    elif error.status_code == HTTPStatus.BAD_REQUEST:
        detail = "the body cannot be read as JSON"
    else:
        detail = str(error.detail)
    return ProblemResponse(error.status_code, detail)


async def _refusal(status: int, detail: str, _request: Request, error: Exception) -> Response:
    return ProblemResponse(status, detail.format(error=error))


async def _taken(request: Request, error: Exception) -> Response:
    return await _problem(request, Problem(409, str(error)))


async def _failed(request: Request, error: Exception) -> Response:
    startup: Startup = request.app.state.startup
    trouble = startup.trouble(error)
    if trouble is None:
        raise error
    if startup.lost is not None:
        return ProblemResponse(503, f"the database is lost: {startup.lost}; nothing was changed; {LOST_ADVICE}")
    method, path = request.scope.get(METHOD_KEY, request.method), request.url.path
    _LOG.error("%s %s was refused, and nothing was changed: %s", method, path, trouble.words)
    detail = f"the world's database or the server's disk failed, and nothing was changed: {trouble.words}"
    return ProblemResponse(507 if trouble.is_of_writing else 503, detail)


async def _unforeseen(request: Request, error: Exception) -> Response:
    return ProblemResponse(500, f"{type(error).__name__} in {request.method} {request.url.path}: please report it")
