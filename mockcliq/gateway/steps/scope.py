"""Authorization by scope."""

from __future__ import annotations

from dataclasses import replace

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Authenticated
from mockcliq.gateway.rules import SCOPE_MISSING

CLIENTS_TOKEN = replace(
    SCOPE_MISSING,
    variant="client",
    have="a token of client_credentials",
    need="a person's token",
    advice="The live service was seen to refuse this to a client's own token. Use the token given here, a person's.",
)


def require_scope(call: Authenticated) -> None:
    """Refuse a token without one of the operation's scopes, or ALL of its group, with 403.

    Where a profile is strict, a client's own token does not do for what needs a person.
    """
    if call.grant.is_client and call.operation.needs_person and call.style.is_strict:
        raise Refusal(CLIENTS_TOKEN)
    if not call.operation.is_granted_to(call.grant.allows):
        need = " or ".join(map(str, call.operation.scopes))
        raise Refusal(SCOPE_MISSING, have=",".join(call.grant.scopes) or "no scope", need=need)
