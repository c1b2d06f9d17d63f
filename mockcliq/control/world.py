"""Routes about a world as a whole."""

from __future__ import annotations

from fastapi import APIRouter

from mockcliq.control.deps import SelectedWorld
from mockcliq.control.schemas import ResetDone, ResetOrder

router = APIRouter(tags=["World"])


@router.post("/reset", summary="Back to the world's start")
async def reset_world(world: SelectedWorld, order: ResetOrder | None = None) -> ResetDone:
    """Everything by default: data, tokens, clock, limits, journal; or the parts in `what`."""
    what = (order or ResetOrder()).what
    world.reset(what)
    return ResetDone(reset=what)
