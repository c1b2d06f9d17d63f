"""The control API's refusals: RFC 9457 problem documents that say what to change."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from mockcliq.redaction import Issued, Redaction, nothing_issued
from mockcliq.runtime.clock import ClockOutOfRange
from mockcliq.seeding.errors import BadWorld
from mockcliq.timestamps import NoMoment
from mockcliq.worlds.credentials import Taken
from mockcliq.worlds.startup import Startup


class Problem(Exception):
    """A refusal; ``detail`` says what to change, ``members`` are what the document has beside."""

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.members = members


class ProblemResponse(Response):
    """A problem document. Its detail may quote the request, of which no token is shown whole but those ``issued``."""

    media_type = "application/problem+json"

    def __init__(
        self,
        status: int,
        detail: str,
        headers: dict[str, str] | None = None,
        issued: Issued = nothing_issued,
        **members: Any,
    ) -> None:
        document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        document["detail"] = Redaction(issued).sentence(detail)
        super().__init__(orjson.dumps({**document, **members}), status, headers)


def described(description: str) -> dict[str, Any]:
    """How the control API's document describes one of its refusals."""
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
    401: described("The control API asks for its token, and this is not it."),
    403: described("The request's Host or Origin is a foreign one."),
    404: described("There is no such thing in this world, or no such world; or the control API is off."),
    405: described("The route does not take this method."),
    409: described("What is asked for does not go with what is there: a name is taken, say."),
    413: described("The body is too large."),
    422: described("What to change, as a problem document (RFC 9457)."),
    507: described("The disk refuses; nothing was changed."),
}
"""What any route of the control API may refuse, for its document."""


_WORDS = {"extra_forbidden": "there is no such key; the reference at /_mockcliq/docs has those that there are"}
"""Ours, where the framework's do not say what to change."""


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every refusal of the application by a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework_refusal)
    app.add_exception_handler(UnicodeEncodeError, _half_a_character)
    app.add_exception_handler(Exception, _unforeseen)
    for refused in (NoMoment, ClockOutOfRange, BadWorld):
        app.add_exception_handler(refused, _unusable)
    app.add_exception_handler(Taken, _taken)
    app.add_exception_handler(sqlite3.OperationalError, _unwritable)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    startup: Startup = request.app.state.startup
    issued = startup.made.has_issued if startup.is_ready else nothing_issued
    return ProblemResponse(error.status, error.detail, issued=issued, **error.members)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    shown = Redaction().sentence
    errors = [
        {
            "where": shown(".".join(str(part) for part in each["loc"])),
            "detail": shown(_WORDS.get(each["type"], each["msg"].removeprefix("Value error, "))),
        }
        for each in error.errors()
    ]
    return ProblemResponse(422, "; ".join(f"{each['where']}: {each['detail']}" for each in errors), errors=errors)


async def _framework_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of the first route alone.
        allow = ", ".join(sorted(_methods(request)))
        detail = f"{request.url.path} does not take {request.method}; it takes {allow}"
        return ProblemResponse(error.status_code, detail, {"Allow": allow})
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"the control API has no {request.url.path}; its routes are listed at /_mockcliq/docs"
    elif error.status_code == HTTPStatus.BAD_REQUEST:
        detail = "the body cannot be read as JSON"
    else:
        detail = str(error.detail)
    return ProblemResponse(error.status_code, detail)


async def _half_a_character(_request: Request, error: Exception) -> Response:
    return ProblemResponse(422, f"a text in the request cannot be written as UTF-8: {error}")


async def _unusable(_request: Request, error: Exception) -> Response:
    return ProblemResponse(422, str(error))


async def _taken(request: Request, error: Exception) -> Response:
    return await _problem(request, Problem(409, str(error)))


async def _unwritable(_request: Request, error: Exception) -> Response:
    return ProblemResponse(507, f"the world's file cannot be written, see to its disk; nothing was changed: {error}")


async def _unforeseen(request: Request, error: Exception) -> Response:
    return ProblemResponse(500, f"{type(error).__name__} in {request.method} {request.url.path}: please report it")


def _methods(request: Request) -> set[str]:
    """The methods of every route that has the request's path."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= route.methods
    return methods
