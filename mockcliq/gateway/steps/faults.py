"""Fault injection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from mockcliq.gateway.answers import Answer
from mockcliq.gateway.call import Routed
from mockcliq.runtime.faults import Subject


def inject_fault(call: Routed) -> Answer | Awaitable[Answer | None] | None:
    """Delay the call, answer it, or mark its answer for replacement, by the first rule that fires."""
    if not call.world.faults:
        return None
    grant = call.world.credentials.grants.get(call.token)
    subject = Subject(
        operation=call.operation.id,
        user=call.user_id if grant is None else grant.caller.id,
        method=call.operation.method,
        path=call.match.path,
        resources={resource.kind: resource.own_id(call.world, key) for resource, key in call.match.resources},
    )
    rule = call.world.faults.strike(subject, call.now)
    if rule is None:
        return None
    call.fault = rule
    answer = call.api.style.fault(rule, call.match.allow) if rule.fails_at_once else None
    delay_s = rule.delay_s()
    return asyncio.sleep(delay_s, answer) if delay_s else answer
