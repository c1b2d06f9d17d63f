"""Lookup of the world in the path."""

from __future__ import annotations

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Received
from mockcliq.gateway.rules import UNKNOWN_WORLD


def require_world(call: Received) -> None:
    """Refuse a path of an unknown world with 404."""
    if call.world_id is not None and call.match is not None and call.server.worlds.named(call.world_id) is None:
        raise Refusal(UNKNOWN_WORLD, world=call.world_id)
