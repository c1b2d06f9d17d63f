"""Authentication by token."""

from __future__ import annotations

from mockcliq.contract.quoting import last_four
from mockcliq.contract.refusals import Refusal
from mockcliq.contract.timestamps import iso_ms
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


def authenticate(call: Routed) -> Authenticated:
    """Refuse a call without a valid token of this world with 401."""
    token = call.token
    if not token:
        authorization = call.header(b"authorization")
        if authorization is None:
            raise Refusal(TOKEN_MISSING)
        raise Refusal(TOKEN_SCHEME, scheme=_known_scheme(authorization))
    grant = call.world.credentials.grants.get(token)
    if grant is None:
        raise Refusal(TOKEN_UNKNOWN, token=last_four(token))
    if grant.revoked:
        raise Refusal(TOKEN_REVOKED, token=token)
    if grant.expires is not None and grant.expires <= call.now:
        raise Refusal(TOKEN_EXPIRED, token=token, expired=iso_ms(grant.expires), now=iso_ms(call.now))
    authenticated = call.become(Authenticated)
    authenticated.grant, authenticated.user_id = grant, grant.caller.id
    return authenticated


def require_active_user(call: Authenticated) -> None:
    """Refuse a deactivated user with 403."""
    if not call.caller.active:
        raise Refusal(USER_NOT_ACTIVE, user=call.caller.id)


def _known_scheme(authorization: bytes) -> str:
    """The header's scheme if it is a known one; else it may be a secret."""
    scheme = authorization.decode("latin-1").strip().partition(" ")[0]
    return scheme if scheme.lower() in SCHEMES else "another scheme, or none"
