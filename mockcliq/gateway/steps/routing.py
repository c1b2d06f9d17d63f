"""Selection of the operation."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from mockcliq.contract.operation import Operation
from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.body import read_body
from mockcliq.gateway.call import Received, Routed
from mockcliq.gateway.rules import METHOD_NOT_ALLOWED, NOT_EMULATED, UNKNOWN_PATH


def find_operation(call: Received) -> Routed | Awaitable[Routed]:
    """Refuse an unknown path and an operation that is not emulated with 404, and another method with 405.

    The body is read here only if several operations share the method and path: authentication comes later.
    """
    if call.match is None:
        raise Refusal(UNKNOWN_PATH, path=call.scope["path"])
    method = call.scope["method"]
    operations = call.match.operations.get(method)
    if operations is None:
        if method in call.match.not_emulated:
            raise Refusal(NOT_EMULATED, method=method, path=call.scope["path"])
        allow = call.match.allow
        headers = ((b"allow", allow.encode()),)
        raise Refusal(METHOD_NOT_ALLOWED, headers=headers, method=method, allow=allow)
    if len(operations) == 1:
        return _to(operations[0], call)
    return _select(call, operations)


async def _select(call: Received, operations: Sequence[Operation]) -> Routed:
    """Take the first operation that applies, else the one without a condition, else the last."""
    call.raw_body = await read_body(call)
    query = call.scope["query_string"]
    applying = (each for each in operations if each.applies is not None and each.applies(query, call.raw_body))
    unconditional = (each for each in operations if each.applies is None)
    return _to(next(applying, next(unconditional, operations[-1])), call)


def _to(operation: Operation, call: Received) -> Routed:
    routed = call.become(Routed)
    routed.operation = operation
    return routed
