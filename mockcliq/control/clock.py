"""Routes of a world's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from mockcliq.contract.timestamps import iso_ms
from mockcliq.control.deps import SelectedWorld
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import A_CENTURY_S, Input, Moment
from mockcliq.runtime.clock import Clock
from mockcliq.worlds.world import World

router = APIRouter(prefix="/clock", tags=["Clock"], responses=PROBLEMS, route_class=ControlRoute)


class ClockState(BaseModel):
    """The clock's mode, and the world's time in ISO 8601."""

    mode: Literal["real", "offset", "frozen"]
    now: str


class ClockRequest(Input):
    """The clock's new mode: real, running from `now` (`offset`), or frozen at `now` (the present by default)."""

    mode: Literal["real", "offset", "frozen"]
    now: Moment | None = None


class AdvanceRequest(Input):
    seconds: float = Field(ge=0, le=A_CENTURY_S)


@router.get("", summary="Get the world's time")
async def tell_time(world: SelectedWorld) -> ClockState:
    return clock_state(world)


@router.put("", summary="Set the clock")
async def set_clock(world: SelectedWorld, body: ClockRequest) -> ClockState:
    """To real time, to another time that runs on, or to a frozen moment."""

    def change(clock: Clock) -> None:
        if body.mode == "frozen":
            clock.freeze(body.now)
        elif body.mode == "real" and body.now is not None:
            raise Problem(422, "mode real shows real time; leave now away, or take mode offset")
        elif body.mode == "real":
            clock.follow_real_time()
        elif body.now is None:
            raise Problem(422, "mode offset needs now: the time that the clock shall show")
        else:
            clock.run_from(body.now)

    world.set_clock(change)
    return clock_state(world)


@router.post("/advance", summary="Move the clock on")
async def advance_clock(world: SelectedWorld, by: AdvanceRequest) -> ClockState:
    """A frozen clock stays frozen, a running one runs on. To move it back, use PUT."""
    world.set_clock(lambda clock: clock.advance(timedelta(seconds=by.seconds)))
    return clock_state(world)


def clock_state(world: World) -> ClockState:
    return ClockState(mode=world.clock.setting.mode, now=iso_ms(world.clock.now()))
