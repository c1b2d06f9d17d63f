"""How an operation is declared: one decorator beside its handler, from which everything else reads the contract."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

from mockcliq.contract.operation import Endpoint, Operation, Threshold
from mockcliq.contract.refusals import CliqError
from mockcliq.contract.scopes import Scope
from mockcliq.gateway.answers import Answer
from mockcliq.gateway.call import Call

Step = Callable[[Call], Answer | Awaitable[Answer | None] | None]
Handler = Callable[[Call], Awaitable[Answer]]


class Served(NamedTuple):
    """What can be called, the steps that such a call passes in order, and what then answers it."""

    endpoint: Endpoint
    steps: tuple[Step, ...]
    handler: Handler


class OperationRoute(APIRoute):
    """A FastAPI route that carries its operation's contract. The gateway finds it by path and runs its endpoint."""

    operation: Operation
    endpoint: Handler


class Api(APIRouter):
    """A FastAPI router whose routes are operations of the emulated API."""

    @property
    def operations(self) -> list[Operation]:
        """The contracts, in the order of declaration, which is the reference's."""
        return [route.operation for route in self.operation_routes]

    @property
    def operation_routes(self) -> list[OperationRoute]:
        """The routes, in the same order."""
        return [route for route in self.routes if isinstance(route, OperationRoute)]

    def operation(  # noqa: PLR0913 - one for each line of a section of the reference
        self,
        method_and_path: str,
        *,
        title: str,
        scope: Scope,
        threshold: Threshold,
        lock_period: timedelta | None,
        raises: tuple[type[CliqError], ...] = (),
        query: type[BaseModel] | None = None,
        body: type[BaseModel] | None = None,
        answer: type[BaseModel] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated handler as an operation of its own name.

        Args:
            method_and_path: As the reference writes it, the path below ``/api/v2``: ``POST /chats/{CHAT_ID}/mute``.
            title: The heading of its section.
            scope: The OAuth scope that it asks for.
            threshold: Its threshold limit.
            lock_period: Its lock period; None where the reference gives none.
            raises: Refusals by its own rules, beside those that every operation has.
            query: The model of its query parameters.
            body: The model of its JSON body.
            answer: The model of its success's body; without one the success is 204.
        """
        method, _, path = method_and_path.partition(" ")

        def declare(handler: Handler) -> Handler:
            operation = Operation(
                name=handler.__name__,
                title=title,
                method=method,
                path=path,
                scope=scope,
                threshold=threshold,
                lock_period=lock_period,
                success=204 if answer is None else 200,
                raises=raises,
                query=query,
                body=body,
                answer=answer,
                description=inspect.getdoc(handler) or "",
            )
            self.add_api_route(
                path,
                handler,
                methods=[method],
                name=operation.name,
                response_model=None,  # the gateway answers by bytes
                route_class_override=OperationRoute,
            )
            self.operation_routes[-1].operation = operation
            return handler

        return declare
