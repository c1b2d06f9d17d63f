"""Routes about the programs that may ask for tokens."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from mockcliq.contract.ids import CLIENT_ID_PATTERN, CLIENT_SECRET_PATTERN
from mockcliq.control.deps import SelectedWorld
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import Input, Output
from mockcliq.document import Client, RedirectUri

router = APIRouter(prefix="/clients", tags=["OAuth"], responses=PROBLEMS, route_class=ControlRoute)


class ClientRequest(Input):
    """A client to register; id and secret are made up where they are not given, in the service's shape.

    Where it names redirect URIs, its users are sent back to none but these.
    """

    client_id: Annotated[str, StringConstraints(pattern=CLIENT_ID_PATTERN, max_length=200)] | None = None
    client_secret: Annotated[str, StringConstraints(pattern=CLIENT_SECRET_PATTERN, max_length=200)] | None = None
    redirect_uris: list[RedirectUri] = Field(default=[], max_length=100)


class ClientShown(Output):
    client_id: str
    client_secret: str
    redirect_uris: list[str]


class ClientList(Output):
    clients: list[ClientShown]


@router.get("", summary="The clients that may ask for tokens")
async def list_clients(world: SelectedWorld) -> ClientList:
    """The world's own, and the one that the server's settings name."""
    return ClientList.model_validate({"clients": world.credentials.clients()})


@router.post("", summary="Register a client", status_code=201)
async def add_client(world: SelectedWorld, body: ClientRequest | None = None) -> ClientShown:
    """It may ask for tokens of this world from now on; a reset of the tokens takes it away."""
    body = body or ClientRequest()
    client = Client(
        client_id=body.client_id or f"1000.{secrets.token_hex(14).upper()}",
        client_secret=body.client_secret or secrets.token_hex(21),
        redirect_uris=body.redirect_uris,
    )
    if world.credentials.client(client.client_id) is not None:
        raise Problem(409, f"client_id: there is a client {client.client_id!r}; choose another id, or none")
    world.store.oauth.add_client(client)
    return ClientShown.model_validate(client)
