"""What is true of a world now, in one answer, for who watches it: asked for every few seconds, it changes nothing."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from mockcliq.control.answers import Json
from mockcliq.control.clock import ClockState, clock_state
from mockcliq.control.deps import selected_world
from mockcliq.control.faults import FaultRule, fault_shown
from mockcliq.control.limits import LimitState, used_limits
from mockcliq.control.problems import PROBLEMS

router = APIRouter(tags=["World"], responses=PROBLEMS)


class JournalState(BaseModel):
    """How many exchanges the journal holds, and how many it can hold."""

    held: int
    size: int


class Overview(BaseModel):
    """A world at a glance; its limits are those that somebody has used."""

    world: str
    run: str = Field(description="Another one whenever the server was started again, or the world made again.")
    changes: int = Field(description="Another number whenever the world's data are others, whatever changed them.")
    rate_limit: bool
    clock: ClockState
    faults: list[FaultRule]
    limits: list[LimitState]
    journal: JournalState


@router.get("/overview", summary="A world at a glance", response_model=Overview)
async def show_overview(request: Request) -> Response:
    """For who watches it: nothing has to be read again whose part, or for chats and people `changes`, is the same."""
    world = await selected_world(request)
    return Json(
        {
            "world": world.id,
            "run": world.run,
            "changes": world.store.database.version,
            "rate_limit": world.rate_limit,
            "clock": clock_state(world).model_dump(),
            "faults": [fault_shown(world, rule) for rule in world.faults],
            "limits": [limit.model_dump() for limit in used_limits(world)],
            "journal": {"held": len(world.journal), "size": world.journal.size},
        }
    )
