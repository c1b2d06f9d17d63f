"""Who calls: the token and the user behind it."""

from __future__ import annotations

from mockcliq.contract.quoting import last_four
from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Authenticated, Routed
from mockcliq.gateway.rules import (
    TOKEN_EXPIRED,
    TOKEN_MISSING,
    TOKEN_REVOKED,
    TOKEN_SCHEME,
    TOKEN_UNKNOWN,
    USER_NOT_ACTIVE,
)
from mockcliq.redaction import SCHEMES
from mockcliq.timestamps import iso_ms


def authenticate(call: Routed) -> Authenticated:
    """401 without a token that this world issued and that is still good."""
    token = call.token
    if not token:
        authorization = call.header(b"authorization")
        if authorization is None:
            raise Refusal(TOKEN_MISSING)
        raise Refusal(TOKEN_SCHEME, scheme=_scheme_shown(authorization))
    grant = call.world.credentials.grants.get(token)
    if grant is None:
        raise Refusal(TOKEN_UNKNOWN, token=last_four(token))
    if grant.revoked:
        raise Refusal(TOKEN_REVOKED, token=token)
    if grant.expires is not None and grant.expires <= call.now:
        raise Refusal(TOKEN_EXPIRED, token=token, expired=iso_ms(grant.expires), now=iso_ms(call.now))
    return call.become(Authenticated, grant=grant, user_id=grant.caller.id)


def require_active_user(call: Authenticated) -> None:
    """403 for a user who was deactivated."""
    if not call.caller.active:
        raise Refusal(USER_NOT_ACTIVE, user=call.caller.id)


def _scheme_shown(authorization: bytes) -> str:
    """The header's scheme if it is one that people know: what stands in its place may be a secret."""
    scheme = authorization.decode("latin-1").strip().partition(" ")[0]
    return scheme if scheme.lower() in SCHEMES else "another scheme, or none"
