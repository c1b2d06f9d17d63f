"""Routes about a world's fault rules."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from mockcliq.control.deps import SelectedWorld, known_operation, known_user
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.schemas import FaultOrder, FaultRule, FaultRules
from mockcliq.runtime.faults import Match, Rule, Then, When

router = APIRouter(prefix="/faults", tags=["Faults"], responses=PROBLEMS)


@router.get("", summary="The fault rules")
async def list_faults(world: SelectedWorld) -> FaultRules:
    """Newest first, which is the order in which they are asked."""
    return FaultRules(faults=[_shown(rule) for rule in world.faults])


@router.post("", summary="Make a fault rule", status_code=201)
async def add_fault(world: SelectedWorld, order: FaultOrder) -> FaultRule:
    """Matching calls are delayed or answered as `then` says, at the step of the faults: before the token is judged."""
    match = order.match
    if match.operation is not None:
        known_operation(world, match.operation)
    user = None if match.user is None else known_user(world, match.user)
    chat = None
    if match.chat is not None:
        chat = world.store.chats.find(match.chat)
        if chat is None:
            raise Problem(422, f"match.chat: there is no chat {match.chat!r}")
    rule = world.faults.add(
        Match(match.operation, user, None if match.method is None else match.method.upper(), match.path, chat),
        When(**order.when.model_dump()),
        Then(**order.then.model_dump()),
        world.clock.now(),
    )
    return _shown(rule)


@router.delete("", summary="Take all fault rules away")
async def clear_faults(world: SelectedWorld) -> FaultRules:
    """Calls are answered as they should be again."""
    world.faults.clear()
    return FaultRules(faults=[])


@router.delete("/{fault_id}", summary="Take a fault rule away")
async def remove_fault(world: SelectedWorld, fault_id: str) -> FaultRules:
    """Gives those that remain."""
    if not world.faults.remove(fault_id):
        raise Problem(404, f"there is no fault rule {fault_id!r}")
    return await list_faults(world)


def _shown(rule: Rule) -> FaultRule:
    return FaultRule.model_validate(
        {
            "id": rule.id,
            "match": asdict(rule.match),
            "when": asdict(rule.when),
            "then": asdict(rule.then),
            "hits": rule.hits,
            "fired": rule.fired,
        }
    )
