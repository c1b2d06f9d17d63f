"""Routes of a world's limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from mockcliq.contract.timestamps import MS_PER_SECOND, iso_ms
from mockcliq.control.deps import SelectedWorld, known_operation, known_user
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import A_CENTURY_S, Input
from mockcliq.runtime.limiter import Usage
from mockcliq.worlds.world import World

router = APIRouter(prefix="/limits", tags=["Limits"], responses=PROBLEMS, route_class=ControlRoute)


class LimitState(BaseModel):
    """The limit of an operation and one user's usage of it; ``user`` is null for an unused limit.

    ``frees_at`` is when the oldest call leaves the window, by the world's clock.
    """

    operation: str
    threshold: int
    window_s: float
    lock_s: float | None
    user: str | None = None
    count: int = 0
    remaining: int
    frees_at: str | None = None
    locked_until: str | None = None


class Limits(BaseModel):
    limits: list[LimitState]


class LimitRequest(Input):
    """A change of limits; omitted values stay. Without an operation it changes all."""

    operation: str | None = None
    threshold: int | None = Field(default=None, ge=0, le=1_000_000_000)
    window_s: float | None = Field(default=None, ge=0.001, le=A_CENTURY_S)
    lock_s: float | None = Field(default=None, ge=0, le=A_CENTURY_S)


class ExhaustRequest(Input):
    """The threshold to use up; the user by id or e-mail address, the owner by default.

    With ``lock`` the lock starts at once; without, the next call is refused.
    """

    operation: str
    user: str | None = None
    lock: bool = False


@router.get("", summary="List limits and their usage")
async def list_limits(world: SelectedWorld, user: str | None = None) -> Limits:
    """Users with calls in the window or a lock, then unused limits; with `user`, their usage of every operation."""
    if user is not None:
        user_id, now = known_user(world, user), world.clock.now()
        usages = [world.limiter.usage_of(user_id, operation, now) for operation in world.limiter.limits]
        return Limits(limits=[_state(world, usage) for usage in usages])
    used = used_limits(world)
    named = {each.operation for each in used}
    states = (_unused(world, operation) for operation in world.limiter.limits)
    return Limits(limits=[*used, *(each for each in states if each.operation not in named)])


@router.put("", summary="Change limits")
async def change_limits(world: SelectedWorld, body: LimitRequest) -> Limits:
    """For one operation or all; counts and locks stay."""
    names = list(world.limiter.limits)
    if body.operation is not None:
        names = [known_operation(world, body.operation, is_limited=True).id]
    changes: dict[str, Any] = {}
    if body.threshold is not None:
        changes["calls"] = body.threshold
    if body.window_s is not None:
        changes["window_ms"] = round(body.window_s * MS_PER_SECOND)
    if "lock_s" in body.model_fields_set:
        changes["lock_ms"] = None if body.lock_s is None else round(body.lock_s * MS_PER_SECOND)
    for name in names:
        world.limiter.set(name, replace(world.limiter.limits[name], **changes))
    return Limits(limits=[_unused(world, name) for name in names])


@router.post("/exhaust", summary="Use up a threshold")
async def exhaust_limit(world: SelectedWorld, body: ExhaustRequest) -> LimitState:
    """The next call is refused and starts the lock; with `lock`, the lock starts at once."""
    operation = known_operation(world, body.operation, is_limited=True).id
    user, now = known_user(world, body.user), world.clock.now()
    if body.lock:
        world.limiter.lock(user, operation, now)
    else:
        world.limiter.exhaust(user, operation, now)
    return _state(world, world.limiter.usage_of(user, operation, now))


@router.delete("", summary="Clear counts and locks")
async def clear_limits(world: SelectedWorld, user: str | None = None, operation: str | None = None) -> Limits:
    """Also restores the documented limits: of all, or of one user or operation."""
    world.clear_limits(
        None if user is None else known_user(world, user),
        None if operation is None else known_operation(world, operation, is_limited=True).id,
    )
    return await list_limits(world)


def used_limits(world: World) -> list[LimitState]:
    """The usage of all users with calls in the window or a lock."""
    return [_state(world, usage) for usage in world.limiter.usage(world.clock.now())]


def _state(world: World, usage: Usage) -> LimitState:
    state = _unused(world, usage.operation)
    state.user, state.count, state.remaining = usage.user, usage.count, usage.remaining
    state.frees_at = None if usage.frees_at is None else iso_ms(usage.frees_at)
    state.locked_until = None if usage.lock is None else iso_ms(usage.lock.until)
    return state


def _unused(world: World, operation: str) -> LimitState:
    limit = world.limiter.limits[operation]
    return LimitState(
        operation=world.register[operation].label,
        threshold=limit.calls,
        window_s=limit.window_s,
        lock_s=limit.lock_s,
        remaining=limit.calls,
    )
