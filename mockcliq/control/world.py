"""Routes of a world as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from mockcliq.control.answers import Json
from mockcliq.control.deps import body_schema, parse_body, selected_world
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import Input
from mockcliq.worlds.world import PARTS, Part

router = APIRouter(tags=["World"], responses=PROBLEMS, route_class=ControlRoute)


class ResetRequest(Input):
    """The parts to reset; all by default."""

    what: Sequence[Part] = Field(default=PARTS)


class ResetDone(BaseModel):
    reset: list[Part]


@router.post(
    "/reset",
    summary="Reset the world to its start",
    response_model=ResetDone,
    openapi_extra=body_schema(ResetRequest),
)
async def reset_world(request: Request) -> Response:
    """All parts by default: data, tokens, clock, limits, faults, journal; or those in `what`."""
    world = await selected_world(request)
    what = (await parse_body(request, ResetRequest)).what
    if world.is_reset_quickly:
        world.reset(what)
    else:
        await world.on_thread(partial(world.reset, what))
    return Json({"reset": what})
