"""Routes of a world's profile: how it refuses."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from mockcliq.contract.refusals import Profile
from mockcliq.control.deps import SelectedWorld
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import Input

router = APIRouter(prefix="/profile", tags=["World"], responses=PROBLEMS, route_class=ControlRoute)


class ProfileRequest(Input):
    profile: Profile


class ProfileShown(BaseModel):
    """The profile of a world."""

    profile: Profile


@router.get("", summary="Get how calls are refused")
async def show_profile(world: SelectedWorld) -> ProfileShown:
    """As the reference documents, or as the live service was observed to."""
    return ProfileShown(profile=world.profile)


@router.put("", summary="Choose how calls are refused")
async def choose_profile(world: SelectedWorld, body: ProfileRequest) -> ProfileShown:
    """A reset of the whole world brings back the one that it was made with."""
    world.profile = body.profile
    return await show_profile(world)
