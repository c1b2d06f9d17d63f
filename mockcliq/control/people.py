"""Routes about a world's people and their tokens."""

from __future__ import annotations

from fastapi import APIRouter

from mockcliq.control.deps import SelectedWorld, known_user
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.schemas import Person, TokenMinted, TokenOrder, TokenRevoked, Users
from mockcliq.document import Token
from mockcliq.moments import MS_PER_SECOND, iso_ms
from mockcliq.spec import EpochMs

router = APIRouter(tags=["People"], responses=PROBLEMS)


@router.get("/users", summary="Who exists")
async def list_users(world: SelectedWorld) -> Users:
    """Everyone in the organisation, deactivated people too; `role` names the person behind a fixed token."""
    return Users(users=[Person.model_validate(user, from_attributes=True) for user in world.store.people.users()])


@router.post("/tokens", summary="Mint a token", status_code=201)
async def mint_token(world: SelectedWorld, order: TokenOrder) -> TokenMinted:
    """For any user, with any scopes; it expires by the world's clock, or never."""
    expires = None if order.expires_in is None else EpochMs(world.clock.now() + round(order.expires_in * MS_PER_SECOND))
    user = known_user(world, order.user)
    token: Token = world.mint(user, order.scopes, expires)
    return TokenMinted(
        token=token.token, user=user, scopes=token.scopes, expires_at=None if expires is None else iso_ms(expires)
    )


@router.delete("/tokens/{token}", summary="Revoke a token")
async def revoke_token(world: SelectedWorld, token: str) -> TokenRevoked:
    """It is refused from now on, and still known as one that was revoked."""
    if not world.revoke(token):
        raise Problem(404, "this world has no such token")
    return TokenRevoked(revoked=token)
