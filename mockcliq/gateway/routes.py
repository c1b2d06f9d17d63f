"""The operations as FastAPI routes, from which the router is compiled."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from mockcliq.contract.operation import Operation


class OperationRoute(APIRoute):
    """A FastAPI route with its operation."""

    operation: Operation


class _Delegated(Response):
    """Delegates to the gateway."""

    def __init__(self, gateway: ASGIApp) -> None:
        super().__init__()
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._gateway(scope, receive, send)


def add_routes(app: FastAPI, operations: Iterable[Operation], gateway: ASGIApp) -> None:
    """Add a route for each path of each operation; all of them delegate to the gateway."""

    async def endpoint() -> Response:
        return _Delegated(gateway)

    for operation in operations:
        for template in operation.templates:
            app.router.add_api_route(
                template,
                endpoint,
                methods=[operation.method],
                name=operation.id,
                response_model=None,  # the gateway answers with bytes
                route_class_override=OperationRoute,
            )
            route = app.router.routes[-1]
            assert isinstance(route, OperationRoute)
            route.operation = operation


def declared(routes: Iterable[BaseRoute]) -> list[Operation]:
    """The operations that an application has routes for."""
    # One with two paths has two routes.
    return [*{route.operation.id: route.operation for route in routes if isinstance(route, OperationRoute)}.values()]
