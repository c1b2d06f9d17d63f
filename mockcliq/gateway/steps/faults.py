"""Fault injection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from mockcliq.gateway.answers import Answer
from mockcliq.gateway.body import read_body
from mockcliq.gateway.call import Received, Routed
from mockcliq.runtime.faults import Subject
from mockcliq.runtime.journal import KEPT_BYTES

_AWAITED_S = 0.1
"""How long a rule that fails a call at once waits for its body: many clients send it behind the head."""


def answer_unknown(call: Received) -> Answer | Awaitable[Answer | None] | None:
    """Apply the first rule that fires on a call to no operation: one with a path, which needs no token either."""
    match, method = call.match, call.scope["method"]
    if (match is not None and method in match.operations) or not call.world.faults:
        return None
    _, path = call.server.register.split_world(call.scope["path"])
    bare = call.server.register.bare_path(path) if match is None else match.path
    # As documented, and as called: what no operation has may begin with anything.
    return _strike(call, operation=None, method=method, paths=(bare, path))


def inject_fault(call: Routed) -> Answer | Awaitable[Answer | None] | None:
    """Delay the call, answer it, or mark its answer for replacement, by the first rule that fires."""
    if not call.world.faults:
        return None
    return _strike(call, operation=call.operation.id, method=call.operation.method, paths=(call.match.path,))


def _strike(
    call: Received, *, operation: str | None, method: str, paths: tuple[str, ...]
) -> Answer | Awaitable[Answer | None] | None:
    grant = call.world.credentials.grants.get(call.token)
    match = call.match
    subject = Subject(
        operation=operation,
        user=call.user_id if grant is None else grant.caller.id,
        method=method,
        paths=paths,
        resources={}
        if match is None
        else {resource.kind: resource.own_id(call.world, key) for resource, key in match.resources},
    )
    rule = call.world.faults.strike(subject, call.now)
    if rule is None:
        return None
    call.fault = rule
    delay_s = rule.delay_s()
    if not rule.fails_at_once:
        return asyncio.sleep(delay_s) if delay_s else None
    if grant is not None:
        call.user_id = grant.caller.id
    answer = call.style.fault(rule, "" if match is None else match.allow)
    if not call.is_read and _has_short_body(call):
        return _answer_with_body(call, answer, delay_s)
    return asyncio.sleep(delay_s, answer) if delay_s else answer


def _has_short_body(call: Received) -> bool:
    """Whether the client sends a body that the journal keeps whole, and waits for no leave to do so."""
    announced = call.header(b"content-length") or b""
    return announced.isdigit() and 0 < int(announced) <= KEPT_BYTES and call.header(b"expect") is None


async def _answer_with_body(call: Received, answer: Answer, delay_s: float) -> Answer:
    """Take the body first, if it comes soon: who debugs makes the call again as it was."""
    reading = asyncio.ensure_future(read_body(call))
    if (await asyncio.wait([reading], timeout=_AWAITED_S))[0]:
        call.raw_body = reading.result()
    else:
        reading.cancel()
    if delay_s:
        await asyncio.sleep(delay_s)
    return answer
