"""Authorization by scope."""

from __future__ import annotations

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Authenticated
from mockcliq.gateway.rules import SCOPE_MISSING


def require_scope(call: Authenticated) -> None:
    """Refuse a token without one of the operation's scopes, or ALL of its group, with 403."""
    if not call.operation.is_granted_to(call.grant.allows):
        need = " or ".join(map(str, call.operation.scopes))
        raise Refusal(SCOPE_MISSING, have=",".join(call.grant.scopes) or "no scope", need=need)
