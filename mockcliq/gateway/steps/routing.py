"""The operation that a call is to."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from mockcliq.contract.operation import Operation
from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.body import read_body
from mockcliq.gateway.call import Received, Routed
from mockcliq.gateway.rules import METHOD_NOT_ALLOWED, UNKNOWN_PATH


def find_operation(call: Received) -> Routed | Awaitable[Routed]:
    """404 for a path that nothing has, 405 for a method that the path does not have.

    Nothing of a call is read before its token is judged, but of operations that only the body tells apart.
    """
    if call.match is None:
        raise Refusal(UNKNOWN_PATH, path=call.scope["path"])
    operations = call.match.operations.get(call.scope["method"])
    if operations is None:
        allow = call.match.allow
        headers = ((b"allow", allow.encode()),)
        raise Refusal(METHOD_NOT_ALLOWED, headers=headers, method=call.scope["method"], allow=allow)
    if len(operations) == 1:
        return call.become(Routed, operation=operations[0])
    return _tell_apart(call, operations)


async def _tell_apart(call: Received, operations: Sequence[Operation]) -> Routed:
    """Take the first that applies, else the one that applies to all the rest, else the last."""
    call.raw_body = await read_body(call)
    query = call.scope["query_string"]
    particular = (each for each in operations if each.applies is not None and each.applies(query, call.raw_body))
    general = (each for each in operations if each.applies is None)
    return call.become(Routed, operation=next(particular, next(general, operations[-1])))
