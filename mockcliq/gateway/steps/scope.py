"""Authorization by scope."""

from __future__ import annotations

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Authenticated
from mockcliq.gateway.rules import SCOPE_MISSING


def require_scope(call: Authenticated) -> None:
    """Refuse a token without one of the operation's scopes, or ALL of its group, with 403."""
    granted_by = call.operation.granted_by
    if granted_by and granted_by.isdisjoint(call.grant.allows):
        need = " or ".join(map(str, call.operation.scopes))
        raise Refusal(SCOPE_MISSING, have=",".join(call.grant.scopes) or "no scope", need=need)
