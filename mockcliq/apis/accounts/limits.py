"""The documented limits of the accounts server, which `MOCKCLIQ_TOKEN_LIMIT` turns on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mockcliq.apis.accounts.parameters import FormCall
from mockcliq.apis.accounts.rules import TOKEN_LIMIT
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.refusals import Refusal
from mockcliq.contract.timestamps import MS_PER_SECOND, iso_ms
from mockcliq.worlds import token_limit

CODE_MS = 2 * 60 * MS_PER_SECOND
ACCESS_TOKEN_MS = 3600 * MS_PER_SECOND
"""The lifetimes of a code and of an access token."""

_LIVE_ACCESS_TOKENS = 30
"""Valid access tokens per refresh token, by the accounts page; the CRM's says 15."""
_REFRESH_TOKENS = 20
"""Refresh tokens per client and user."""


def admit_code(call: FormCall, client_id: str) -> None:
    """Admit another code for a client.

    Raises:
        Refusal: The client is over the limit.
    """
    with _refusing("codes"):
        token_limit.admit_code(call.world, client_id, call.now)


def admit_access_token(call: FormCall, refresh_token: str) -> None:
    """Admit another access token for a refresh token; revoke the oldest valid one if there are too many.

    Raises:
        Refusal: The refresh token is over the limit.
    """
    if not call.world.token_limit:
        return
    tokens = call.world.store.tokens.issued_for(refresh_token)
    issued = [EpochMs(expires - ACCESS_TOKEN_MS) for _, expires in tokens]
    with _refusing("access tokens"):
        token_limit.admit(issued, token_limit.ACCESS_TOKENS, call.now)
    live = [each.token for each, expires in tokens if not each.revoked and expires > call.now]
    for token in live[: max(0, len(live) - _LIVE_ACCESS_TOKENS + 1)]:
        call.world.credentials.revoke(token)


def make_room_for_refresh_token(call: FormCall, client_id: str, user: UserId) -> None:
    """Revoke a client's oldest refresh token of a user if one more would be over the limit."""
    if call.world.token_limit:
        tokens = call.world.store.oauth.refresh_tokens(client_id, user)
        for token in tokens[: max(0, len(tokens) - _REFRESH_TOKENS + 1)]:
            call.world.credentials.revoke(token)


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except token_limit.TooMany as error:
        raise Refusal(
            TOKEN_LIMIT,
            have=f"{error.issued} {what}",
            window_s=token_limit.WINDOW_MS // MS_PER_SECOND,
            limit=error.limit,
            until=iso_ms(error.until),
        ) from error
