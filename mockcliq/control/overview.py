"""The route of a world's overview, for polling."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from mockcliq.control.clock import ClockState, clock_state
from mockcliq.control.deps import SelectedWorld
from mockcliq.control.faults import FaultRule, fault_state
from mockcliq.control.limits import LimitState, used_limits
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.routes import ControlRoute

router = APIRouter(tags=["World"], responses=PROBLEMS, route_class=ControlRoute)


class JournalState(BaseModel):
    """The number of exchanges in the journal, and its capacity."""

    held: int
    size: int


class Overview(BaseModel):
    """A world at a glance; `limits` are the used ones."""

    world: str
    run: str = Field(description="Differs after each start of the server and each recreation of the world.")
    changes: int = Field(description="Differs after each change of the world's data.")
    rate_limit: bool
    clock: ClockState
    faults: list[FaultRule]
    limits: list[LimitState]
    journal: JournalState


@router.get("/overview", summary="Get a world at a glance")
async def show_overview(world: SelectedWorld) -> Overview:
    """For polling: read other routes again only if their part here, or `changes` for chats and people, differs."""
    return Overview(
        world=world.id,
        run=world.run,
        changes=world.store.database.version,
        rate_limit=world.rate_limit,
        clock=clock_state(world),
        faults=[fault_state(world, rule) for rule in world.faults],
        limits=used_limits(world),
        journal=JournalState(held=len(world.journal), size=world.journal.size),
    )
