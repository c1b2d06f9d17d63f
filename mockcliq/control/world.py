"""Routes about a world as a whole."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from mockcliq.control.deps import SelectedWorld
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.schemas import ResetDone, ResetOrder

router = APIRouter(tags=["World"], responses=PROBLEMS)


@router.get("/state", summary="The whole world as a document")
async def export_state(world: SelectedWorld) -> Response:
    """In the format of a world file, which `serve --world` takes."""
    return Response(orjson.dumps(world.state()), media_type="application/json")


@router.post("/reset", summary="Back to the world's start")
async def reset_world(world: SelectedWorld, order: ResetOrder | None = None) -> ResetDone:
    """Everything by default: data, tokens, clock, limits, faults, journal; or the parts in `what`."""
    what = (order or ResetOrder()).what
    world.reset(what)
    return ResetDone(reset=what)
