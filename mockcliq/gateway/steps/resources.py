"""Lookup of the resources in the path."""

from __future__ import annotations

from typing import Any

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Call, Parsed


def find_resources(call: Parsed) -> Call:
    """Find the resources of the path; refuse unknown ones, and those that the caller may not see."""
    found: dict[str, Any] = {}
    complete = call.become(Call)
    complete.found = found  # so that a resource is found by those before it in the path
    for resource, key in call.match.resources:
        thing = resource.look_up(call, key)
        if resource.visible is not None and not resource.visible(call, thing):
            raise Refusal(resource.forbidden, user=call.caller.id, id=resource.own_id(call.world, key))
        found[resource.parameter] = thing
    return complete
