"""The observed style: how the live service was seen to refuse; what nobody saw is as documented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from mockcliq.gateway.styles import Row, Style
from mockcliq.gateway.styles.documented import DOCUMENTED, Error

Weight = Literal["O", "D", "I"]
"""What stands behind a row: O, seen at the live service; D, documented for v3 or for Deluge; I, inferred from O."""

_HTML = b"text/html"


class Seen(NamedTuple):
    """A row of the table; a message of None was not captured, and is the documented sentence of the status."""

    row: Row
    weight: Weight
    source: str


_INVALID_TOKEN = Row(401, "oauthtoken_invalid", "Invalid OAuth token passed.")
_INVALID_URL = Row(400, "request_url_invalid", "The request URL is invalid. Please check the URL pattern.")
_FAILED = Row(
    400,
    "operation_failed",
    "Sorry, we couldn't process your request due to a technical error. Please try again later.",
)
_SCOPE = Row(401, "oauthtoken_scope_invalid", "The OAuth token passed does not have the required scope.")
_THROTTLED = Row(400, "request_limit_exceeded", "You have exceeded the URL throttle limits.")
_METHOD = Row(400, "request_method_invalid", "The HTTP Method you are trying is invalid. Please check the HTTP method.")

_MISS = "n8n's fixtures (the message), the Deluge page (the code)"
_LIKE_OTHERS = "as most other misses, in n8n's fixtures"

SEEN: Mapping[str, Seen] = {
    "token_missing": Seen(Row(401, None, "\n\n", _HTML), "O", "w6w's probe of nine live hosts"),
    "token_unknown": Seen(_INVALID_TOKEN, "O", "live calls of w6w and guanguans"),
    "token_expired": Seen(_INVALID_TOKEN, "O", "live calls of w6w and guanguans"),
    "token_revoked": Seen(_INVALID_TOKEN, "I", "as any invalid token"),
    "webhook_token_in_header": Seen(_INVALID_TOKEN, "I", "as any invalid token"),
    "scope_missing": Seen(_SCOPE, "O", "live calls of openclaw, fixtures of mio and adwasd"),
    "scope_missing:client": Seen(_SCOPE, "O", "live calls of openclaw"),
    "rate_limited": Seen(_THROTTLED, "O", "Zoho's forum, mio, api-evangelist"),
    "unknown_path": Seen(_INVALID_URL, "O", "a live call of openclaw, n8n's fixtures"),
    "unknown_chat": Seen(_INVALID_URL, "O", "a live call of openclaw, n8n's fixtures"),
    "invalid_input:id": Seen(_INVALID_URL, "O", "a live call of openclaw, n8n's fixtures"),
    "method_not_allowed": Seen(_METHOD, "O", "fixtures of adwasd and n8n"),
    "extra_param": Seen(Row(400, "extra_param_found"), "O", "a live call of openclaw; the message was not captured"),
    "extra_key": Seen(
        Row(400, "extra_key_found", "'{name}' is an extra key in the JSON Object."), "O", "live calls, three sources"
    ),
    "invalid_input:missing": Seen(
        Row(400, "param_missing", "The param '{name}' is missing."), "O", "a live call of v3; v3's tables"
    ),
    "invalid_input:choice": Seen(
        Row(400, "input_pattern_mismatch", "Unidentified value passed for the '{name}' key"),
        "O",
        "a live call of openclaw to v3",
    ),
    "unknown_message": Seen(_FAILED, "O", _MISS),
    "no_such_message": Seen(_FAILED, "O", _MISS),
    "unknown_parent": Seen(_FAILED, "I", _LIKE_OTHERS),
    "unknown_user": Seen(_FAILED, "O", _MISS),
    "unknown_channel": Seen(_FAILED, "I", _LIKE_OTHERS),
    "unknown_channel:name": Seen(_FAILED, "I", _LIKE_OTHERS),
    "unknown_channel:id": Seen(_INVALID_URL, "I", "as an unknown chat"),
    "invalid_paging_token": Seen(_FAILED, "O", _MISS),
    "unknown_member": Seen(_FAILED, "I", _LIKE_OTHERS),
    "unknown_thread": Seen(_FAILED, "I", _LIKE_OTHERS),
    "unknown_status": Seen(_FAILED, "I", _LIKE_OTHERS),
    "unknown_file": Seen(_FAILED, "I", _LIKE_OTHERS),
    "last_super_admin": Seen(
        Row(400, None, "Please assign a super admin before you leave this channel"),
        "O",
        "n8n's fixtures; the code was not captured",
    ),
    "bot_already_member": Seen(Row(400, "bot_already_member"), "D", "v3's page of bots (the code), n8n (the status)"),
    "expiry_in_the_past": Seen(
        Row(400, "operation_failed", "Invalid expiry time - the specified time is in the past."),
        "D",
        "v3's page of pins",
    ),
    "unknown_bot": Seen(
        Row(400, None, "The bot you're looking for couldn't be found."),
        "O",
        "n8n's fixtures; the code was not captured",
    ),
    "bot_not_member": Seen(
        Row(400, "bot_not_member"), "O", "the note of a public program; the message was not captured"
    ),
    "self_message": Seen(
        Row(400, "buddies_self_message_restricted"),
        "O",
        "live calls of omin8tor and two more; status and message were not captured",
    ),
    "not_the_author": Seen(
        Row(400, None, "disabled your permission to edit messages"),
        "O",
        "n8n, which looks for these words in the message",
    ),
    "not_the_author:delete": Seen(
        Row(400, None, "disabled your permission to delete messages"),
        "O",
        "n8n, which looks for these words in the message",
    ),
    "not_the_author:bot": Seen(
        Row(400, "message_delete_failed"), "O", "a live call of openclaw; the message was not captured"
    ),
}
"""By `Rule.key`. The one list of what was seen: the style, the page about it and its tests are made from it."""


def _complete(row: Row) -> Row:
    return row if row.message is not None else row._replace(message=DOCUMENTED.statuses[row.status].message)


def _body(row: Row) -> bytes:
    return (row.message or "").encode() if row.media_type == _HTML else DOCUMENTED.body(row)


OBSERVED = Style(
    name="observed",
    rows={key: _complete(seen.row) for key, seen in SEEN.items()},
    statuses=DOCUMENTED.statuses,
    body=_body,
    schema=Error,
    # Who asks for a status gets it, in the words of the refusal that it is known for.
    bare={
        **DOCUMENTED.statuses,
        400: _FAILED,
        401: _INVALID_TOKEN,
        403: _SCOPE._replace(status=403),
        404: _INVALID_URL._replace(status=404),
        405: _METHOD._replace(status=405),
        429: _THROTTLED._replace(status=429),
    },
    is_strict=True,
)
