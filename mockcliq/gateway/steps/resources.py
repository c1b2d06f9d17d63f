"""What the path of a call names, and whether its caller may see it."""

from __future__ import annotations

from typing import Any

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Call, Parsed


def find_resources(call: Parsed) -> Call:
    """The refusals that the API's resources name: of an id of nothing, and of what the caller may not see."""
    found: dict[str, Any] = {}
    for name, key in call.parameters.items():
        resource = call.api.resources.get(name)
        if resource is None:
            continue
        thing = resource.find(call, key)
        if thing is None:
            raise Refusal(resource.unknown, key=key)
        if not resource.visible(call, thing):
            raise Refusal(resource.forbidden, user=call.caller.id, id=resource.own_id(call.world, key))
        found[name] = thing
    return call.become(Call, found=found)
