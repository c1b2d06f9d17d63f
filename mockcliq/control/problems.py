"""The control API's refusals: RFC 9457 problem documents that say what to change."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mockcliq.moments import NoMoment
from mockcliq.runtime.clock import ClockOutOfRange
from mockcliq.seeding.files import BadWorldFile


class Problem(Exception):
    """A refusal; ``detail`` says what to change."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class ProblemResponse(Response):
    """A problem document."""

    media_type = "application/problem+json"

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None, **members: Any) -> None:
        document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
        super().__init__(orjson.dumps({**document, **members}), status, headers)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every refusal of the application by a problem document."""

    async def problem(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return ProblemResponse(error.status, error.detail)

    async def invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [{"where": _where(each["loc"]), "detail": each["msg"]} for each in error.errors()]
        return ProblemResponse(422, "; ".join(f"{each['where']}: {each['detail']}" for each in errors), errors=errors)

    async def unusable(_request: Request, error: Exception) -> Response:
        return ProblemResponse(422, str(error))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        allow = (error.headers or {}).get("Allow")
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            detail = f"{request.url.path} does not take {request.method}; it takes {allow}"
        elif error.status_code == HTTPStatus.NOT_FOUND:
            detail = f"the control API has no {request.url.path}; its routes are listed at /_mockcliq/docs"
        else:
            detail = str(error.detail)
        return ProblemResponse(error.status_code, detail, dict(error.headers or {}))

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    for refused in (NoMoment, ClockOutOfRange, BadWorldFile):
        app.add_exception_handler(refused, unusable)


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
