"""The emulated operations as FastAPI routes: FastAPI declares them, the router is compiled from them."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from mockcliq.contract.operation import Operation


class OperationRoute(APIRoute):
    """A FastAPI route that carries its operation's contract."""

    operation: Operation


class _Passed(Response):
    """Passes a call on to the gateway."""

    def __init__(self, gateway: ASGIApp) -> None:
        super().__init__()
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._gateway(scope, receive, send)


def add_routes(app: FastAPI, operations: Iterable[Operation], gateway: ASGIApp) -> None:
    """Declare operations as routes of the application, each of which leads to the gateway."""

    async def endpoint() -> Response:
        return _Passed(gateway)

    for operation in operations:
        app.router.add_api_route(
            operation.template,
            endpoint,
            methods=[operation.method],
            name=operation.id,
            response_model=None,  # the gateway answers by bytes
            route_class_override=OperationRoute,
        )
        route = app.router.routes[-1]
        assert isinstance(route, OperationRoute)
        route.operation = operation


def declared(routes: Iterable[BaseRoute]) -> list[Operation]:
    """The operations that an application has routes for."""
    return [route.operation for route in routes if isinstance(route, OperationRoute)]
