"""The documented limits of the accounts server, which `MOCKCLIQ_TOKEN_LIMIT` turns on."""

from __future__ import annotations

from collections.abc import Sequence

from mockcliq.apis.accounts.parameters import FormCall
from mockcliq.apis.accounts.rules import TOKEN_LIMIT
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.refusals import Refusal
from mockcliq.timestamps import MS_PER_SECOND, iso_ms

CODE_MS = 2 * 60 * MS_PER_SECOND
ACCESS_TOKEN_MS = 3600 * MS_PER_SECOND
"""How long a code and an access token are good."""

WINDOW_MS = 10 * 60 * MS_PER_SECOND
_CODES = 10
_ACCESS_TOKENS = 10
"""How many a client gets codes, and a refresh token access tokens, within that window."""

_LIVE_ACCESS_TOKENS = 30
"""How many access tokens of one refresh token are good at a time; the accounts page says so, the CRM's says 15."""
_REFRESH_TOKENS = 20
"""How many refresh tokens a client may have of one user."""


def admit_code(call: FormCall, client_id: str) -> None:
    """Let a client have another code.

    Raises:
        Refusal: It had as many as it may within the window.
    """
    if call.world.token_limit:
        issued = [EpochMs(each - CODE_MS) for each in call.world.store.oauth.code_expiries(client_id)]
        _admit(call, issued, _CODES, "codes")


def admit_access_token(call: FormCall, refresh_token: str) -> None:
    """Let a refresh token be used for another access token; of those that are good the oldest makes room.

    Raises:
        Refusal: It gave as many as it may within the window.
    """
    if not call.world.token_limit:
        return
    tokens = call.world.store.tokens.issued_for(refresh_token)
    _admit(call, [EpochMs(expires - ACCESS_TOKEN_MS) for _, expires in tokens], _ACCESS_TOKENS, "access tokens")
    live = [each.token for each, expires in tokens if not each.revoked and expires > call.now]
    for token in live[: max(0, len(live) - _LIVE_ACCESS_TOKENS + 1)]:
        call.world.credentials.revoke(token)


def make_room_for_refresh_token(call: FormCall, client_id: str, user: UserId) -> None:
    """Revoke a client's oldest refresh token of a user, where one more would be too many."""
    if call.world.token_limit:
        present = call.world.store.oauth.refresh_tokens(client_id, user)
        for token in present[: max(0, len(present) - _REFRESH_TOKENS + 1)]:
            call.world.credentials.revoke(token)


def _admit(call: FormCall, issued: Sequence[EpochMs], limit: int, what: str) -> None:
    """Refuse where as many were issued within the window as may be; what a clock set back makes future counts not."""
    recent = [at for at in issued if call.now - WINDOW_MS < at <= call.now]
    if len(recent) >= limit:
        raise Refusal(
            TOKEN_LIMIT,
            have=f"{len(recent)} {what}",
            window_s=WINDOW_MS // MS_PER_SECOND,
            limit=limit,
            until=iso_ms(EpochMs(recent[-limit] + WINDOW_MS)),
        )
