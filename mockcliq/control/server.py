"""Routes of the server as a whole."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from mockcliq.contract.api import Register
from mockcliq.contract.operation import Operation, Source
from mockcliq.control.health import alive, readiness
from mockcliq.control.problems import PROBLEMS, Problem, described
from mockcliq.control.routes import ControlRoute
from mockcliq.settings import PREFIX, Settings
from mockcliq.tls.endpoints import Endpoints
from mockcliq.tls.errors import TlsUnusable
from mockcliq.version import __version__
from mockcliq.worlds.startup import Startup

router = APIRouter(tags=["Server"], responses=PROBLEMS, route_class=ControlRoute)


class PemResponse(Response):
    media_type = "application/x-pem-file"


class Status(BaseModel):
    status: Literal["alive", "ready"]


class MemoryUse(BaseModel):
    """Bytes in use, and how many there may be; and the number of things dropped for that."""

    used: int
    limit: int
    dropped: int


class ServerShown(BaseModel):
    version: str
    label: str | None
    rate_limit: bool
    journal_size: int
    prefer: bool
    debug_headers: bool
    memory: dict[str, MemoryUse] = Field(description="What takes memory, such as `journals`, in bytes.")
    persistent: bool = Field(description="Whether a database file keeps the default world.")
    tls_port: int | None = Field(default=None, description="The port for https; left out where it is off.")
    proxy_port: int | None = Field(default=None, description="The proxy's port; left out where it is off.")
    public_url: str | None = Field(
        default=None, description="The URL of every answer, where the server was given one; else it is left out."
    )


class OperationContract(BaseModel):
    """The contract of an operation; ``threshold_source`` is null where there is no threshold."""

    operation: str
    title: str
    method: str
    path: str
    scope: str | None
    threshold: int | None
    threshold_source: Source | None
    window_s: float | None
    lock_s: float | None
    success: int
    statuses: list[int]
    source: Source


class Operations(BaseModel):
    """The operations, in the reference's order."""

    operations: list[OperationContract]


@router.get("/health", summary="Check that the server is alive", response_model=Status)
async def tell_health() -> Response:
    """Always 200."""
    return alive()


@router.get(
    "/ready",
    summary="Check that the server is ready",
    response_model=Status,
    responses={503: described("The world is still being made, or its database file is lost.")},
)
async def tell_readiness(request: Request) -> Response:
    """503 until the default world is made, and while its database file is lost."""
    return readiness(request.app.state.startup)


@router.get("/server", summary="Get the server's version, label and settings", response_model_exclude_unset=True)
async def tell_server(request: Request) -> ServerShown:
    """Without secrets; `rate_limit` is the default of new worlds."""
    settings: Settings = request.app.state.settings
    startup: Startup = request.app.state.startup
    endpoints: Endpoints = request.app.state.endpoints
    where: dict[str, Any] = {
        "tls_port": endpoints.tls_port,
        "proxy_port": endpoints.proxy_port,
        "public_url": settings.public_url,
    }
    return ServerShown(
        version=__version__,
        label=settings.label,
        rate_limit=settings.rate_limit,
        journal_size=settings.journal_size,
        prefer=settings.prefer,
        memory={name: MemoryUse(**use._asdict()) for name, use in startup.memory.items()},
        debug_headers=settings.debug_headers,
        persistent=settings.database is not None,
        **{name: value for name, value in where.items() if value is not None},
    )


@router.get(
    "/ca.pem",
    summary="Get the certificate of this machine's CA",
    response_class=PemResponse,
    responses={404: described("The server speaks no TLS.")},
)
async def tell_ca(request: Request) -> Response:
    """What clients of `--tls` and `--proxy` are given to trust. No secret."""
    endpoints: Endpoints = request.app.state.endpoints
    certificates = endpoints.certificates
    if certificates is None:
        raise Problem(404, f"this server speaks no TLS, and has no CA; {PREFIX}TLS=on or {PREFIX}PROXY=on turns it on")
    try:
        authority = await asyncio.to_thread(lambda: certificates.authority)
    except TlsUnusable as error:
        raise Problem(404, str(error)) from error
    return PemResponse(authority.pem)


@router.get("/operations", summary="List the contracts of the emulated operations")
async def list_operations(request: Request) -> Operations:
    """In the order of the reference."""
    register: Register = request.app.state.register
    return Operations(operations=[_contract(each, register) for each in register.documented])


def _contract(operation: Operation, register: Register) -> OperationContract:
    limit = operation.limit
    return OperationContract(
        operation=operation.label,
        title=operation.title,
        method=operation.method,
        path=operation.template,
        scope=" or ".join(map(str, operation.scopes)) or None,
        threshold=None if limit is None else limit.calls,
        threshold_source=None if limit is None else limit.source,
        window_s=None if limit is None else limit.window_s,
        lock_s=None if limit is None else limit.lock_s,
        success=operation.success,
        statuses=[operation.success, *register.api_of(operation).style.statuses],
        source=operation.source,
    )
