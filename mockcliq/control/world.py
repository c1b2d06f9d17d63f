"""Routes about a world as a whole."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from mockcliq.control.deps import SelectedWorld
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.schemas import Input
from mockcliq.world import PARTS, Part

router = APIRouter(tags=["World"], responses=PROBLEMS)


class ResetOrder(Input):
    """What to bring back to the world's start; everything by default."""

    what: list[Part] = Field(default=list(PARTS))


class ResetDone(BaseModel):
    """What was brought back."""

    reset: list[Part]


@router.post("/reset", summary="Back to the world's start")
async def reset_world(world: SelectedWorld, order: ResetOrder | None = None) -> ResetDone:
    """Everything by default: data, tokens, clock, limits, faults, journal; or the parts in `what`."""
    what = (order or ResetOrder()).what
    world.reset(what)
    return ResetDone(reset=what)
