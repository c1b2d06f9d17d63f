"""Routes about a world's people and their tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from mockcliq.contract.ids import SCOPE_PATTERN, EpochMs
from mockcliq.control.deps import SelectedWorld, known_user
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import A_CENTURY_S, Input, MomentShown, Output
from mockcliq.document import UserKey
from mockcliq.seeding.tokens import ALL_SCOPES
from mockcliq.store.users import User
from mockcliq.timestamps import MS_PER_SECOND
from mockcliq.worlds.world import World

router = APIRouter(tags=["People"], responses=PROBLEMS, route_class=ControlRoute)


ScopeName = Annotated[str, StringConstraints(pattern=SCOPE_PATTERN, max_length=100)]


class Person(Output):
    id: str
    name: str
    email: str
    active: bool
    role: str | None


class Users(Output):
    users: list[Person]


class PersonRequest(Input):
    """A person to add; id and e-mail address are made up where they are not given."""

    name: str = Field(min_length=1, max_length=200)
    email: str | None = Field(default=None, min_length=1, max_length=200)
    id: UserKey | None = None
    active: bool = True


class UserPatch(Input):
    """What to change of a person; what is not given stays."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    active: bool | None = None


class TokenRequest(Input):
    """A token to mint: for a user by id or e-mail address, the owner by default."""

    user: str | None = None
    scopes: list[ScopeName] = Field(default=[*ALL_SCOPES], max_length=100)
    expires_in: float | None = Field(default=None, gt=0, le=A_CENTURY_S, description="Seconds of the world's clock.")


class TokenMinted(Output):
    token: str
    user: str
    scopes: list[str]
    expires_at: MomentShown | None = Field(validation_alias="expires")


class TokenRevoked(BaseModel):
    revoked: str


def person_of(world: World, user: str) -> User:
    """The person whom a path names by id or e-mail address.

    Raises:
        Problem: There is nobody of that name.
    """
    found = world.store.users.find(user)
    if found is None:
        raise Problem(404, f"this world has no user {user!r}; name a user by id or e-mail address")
    return found


@router.get("/users", summary="Who exists")
async def list_users(world: SelectedWorld) -> Users:
    """Everyone in the organisation, deactivated people too; `role` names the person behind a fixed token."""
    return Users.model_validate({"users": world.store.users.all()})


@router.post("/users", summary="Add a person", status_code=201)
async def add_user(world: SelectedWorld, body: PersonRequest) -> Person:
    """Who has no token yet, and is in no chat."""
    users = world.store.users
    user_id = body.id or users.free_id()
    email = body.email or f"user-{user_id}@example.com"
    for name, value in (("id", user_id), ("email", email)):
        if users.find(value) is not None:
            raise Problem(409, f"{name}: there is a user {value!r}; choose another {name}, or none")
    person = User(user_id, body.name, email, body.active, None)
    users.add(person)
    return Person.model_validate(person)


@router.patch("/users/{user}", summary="Change a person")
async def change_user(world: SelectedWorld, user: str, body: UserPatch) -> Person:
    """Deactivated, a person is refused with 403 from the next call on, whatever the token."""
    changed = person_of(world, user)._replace(**body.model_dump(exclude_none=True))
    world.store.users.change(changed.id, changed.name, active=changed.active)
    world.credentials.refresh()
    return Person.model_validate(changed)


@router.post("/tokens", summary="Mint a token", status_code=201)
async def mint_token(world: SelectedWorld, body: TokenRequest | None = None) -> TokenMinted:
    """For any user, with any scopes; it expires by the world's clock, or never. Without a body, all of the owner's."""
    body = body or TokenRequest()
    expires = None if body.expires_in is None else EpochMs(world.clock.now() + round(body.expires_in * MS_PER_SECOND))
    user = known_user(world, body.user)
    return TokenMinted.model_validate(world.credentials.mint(user, body.scopes, expires))


@router.delete("/tokens/{token}", summary="Revoke a token")
async def revoke_token(world: SelectedWorld, token: str) -> TokenRevoked:
    """It is refused from now on, and still known as one that was revoked."""
    if not world.credentials.revoke(token):
        raise Problem(404, "this world has no such token")
    return TokenRevoked(revoked=token)
