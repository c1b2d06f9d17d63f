"""Handlers that answer by themselves, without FastAPI's parsing and serializing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, get_type_hints

import orjson
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

_SIGNATURE = {"request": Request, "return": Response}


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


class DirectRoute(APIRoute):
    """A route that calls a handler of a request alone directly: solving dependencies takes longer than a reset."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        is_plain = get_type_hints(self.endpoint) == _SIGNATURE
        return self.endpoint if is_plain else super().get_route_handler()
