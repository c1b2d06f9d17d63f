"""The short way to the handlers that a test calls again and again."""

from __future__ import annotations

from typing import get_type_hints

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

_SIGNATURE = {"request": Request, "return": Response}
"""That of a handler which reads its request itself and writes its answer itself."""


class Shortcut:
    """Calls the handlers that ask FastAPI for nothing without it; a plain ASGI layer.

    FastAPI documents them, but its search for a route and its solving of dependencies take longer than a reset. They
    are found by their signature. All else, another method of the same path too, goes on to FastAPI.

    Args:
        app: What documents all routes, and serves the others.
    """

    def __init__(self, app: FastAPI) -> None:
        routes = [
            route
            for route in app.routes
            if isinstance(route, APIRoute) and get_type_hints(route.endpoint) == _SIGNATURE
        ]
        self._app = app
        self._calls = {(method, route.path) for route in routes for method in route.methods or ()}
        self._short = Starlette(
            routes=[Route(route.path, route.endpoint, methods=list(route.methods or ())) for route in routes],
            exception_handlers=app.exception_handlers,
        )
        self._short.state = app.state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request the one way or the other."""
        call = (scope["method"], scope["path"].removeprefix(scope["root_path"]))
        await (self._short if call in self._calls else self._app)(scope, receive, send)
