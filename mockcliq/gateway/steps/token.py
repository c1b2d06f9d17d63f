"""Authentication by token."""

from __future__ import annotations

from mockcliq.contract.quoting import last_four
from mockcliq.contract.refusals import Refusal
from mockcliq.contract.timestamps import iso_ms
from mockcliq.gateway.call import Authenticated, Routed
from mockcliq.gateway.rules import (
    AUTHTOKEN_RETIRED,
    NO_WEBHOOK_TOKEN,
    TOKEN_EXPIRED,
    TOKEN_MISSING,
    TOKEN_REVOKED,
    TOKEN_SCHEME,
    TOKEN_UNKNOWN,
    USER_NOT_ACTIVE,
    WEBHOOK_TOKEN_IN_HEADER,
    WEBHOOK_TOKEN_NOT_TAKEN,
)
from mockcliq.redaction import SCHEMES


def authenticate(call: Routed) -> Authenticated:
    """Refuse a call without a valid token of this world with 401."""
    token = call.token
    if call.is_token_in_query and not call.operation.takes_webhook_token:
        raise Refusal(WEBHOOK_TOKEN_NOT_TAKEN)
    if not token:
        raise _without_token(call)
    grant = call.world.credentials.grants.get(token)
    if grant is None or grant.is_webhook is not call.is_token_in_query:
        raise _unknown(call, token)
    if grant.revoked:
        raise Refusal(TOKEN_REVOKED, token=token)
    if grant.expires is not None and grant.expires <= call.now:
        raise Refusal(TOKEN_EXPIRED, token=token, expired=iso_ms(grant.expires), now=iso_ms(call.now))
    authenticated = call.become(Authenticated)
    authenticated.grant, authenticated.caller, authenticated.user_id = grant, grant.caller, grant.caller.id
    return authenticated


def _without_token(call: Routed) -> Refusal:
    authorization = call.header(b"authorization")
    if authorization is None:
        is_old = b"authtoken=" in call.scope["query_string"]
        return _unknown(call, "") if call.is_token_in_query else Refusal(AUTHTOKEN_RETIRED if is_old else TOKEN_MISSING)
    scheme = _known_scheme(authorization)
    return Refusal(AUTHTOKEN_RETIRED) if scheme.lower() == "zoho-authtoken" else Refusal(TOKEN_SCHEME, scheme=scheme)


def _unknown(call: Routed, token: str) -> Refusal:
    if call.is_token_in_query:
        return Refusal(NO_WEBHOOK_TOKEN, token=last_four(token))
    if token in call.world.credentials.grants:
        return Refusal(WEBHOOK_TOKEN_IN_HEADER)
    return Refusal(TOKEN_UNKNOWN, token=last_four(token))


def require_active_user(call: Authenticated) -> None:
    """Refuse a deactivated user with 403."""
    if not call.caller.active:
        raise Refusal(USER_NOT_ACTIVE, user=call.caller.id)


def _known_scheme(authorization: bytes) -> str:
    """The header's scheme if it is a known one; else it may be a secret."""
    scheme = authorization.decode("latin-1").strip().partition(" ")[0]
    return scheme if scheme.lower() in SCHEMES else "another scheme, or none"
