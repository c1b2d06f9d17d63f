"""The style of the accounts server: error codes, mostly with status 200."""

from __future__ import annotations

import orjson

from mockcliq.apis.accounts import rules
from mockcliq.contract.refusals import Rule
from mockcliq.gateway.styles import Row, Style
from mockcliq.gateway.styles.documented import DOCUMENTED

CODES = {
    "unknown_client": "invalid_client",
    "wrong_client_secret": "invalid_client_secret",
    "redirect_uri_missing": "invalid_redirect_uri",
    "redirect_uri_unusable": "invalid_redirect_uri",
    "redirect_uri_unregistered": "invalid_redirect_uri",
    "redirect_uri_differs": "invalid_redirect_uri",
    "response_type": "unsupported_response_type",
    "invalid_scope": "invalid_scope",
    "access_denied": "access_denied",
    "grant_type": "unsupported_grant_type",
    "unreadable_form": "invalid_request",
    "unknown_code": "invalid_code",
    "code_used": "invalid_code",
    "code_expired": "invalid_code",
    "unknown_refresh_token": "invalid_code",
    "unknown_token": "invalid_token",
    "token_limit": "Access Denied",
}
"""The service's error code for each rule."""

_TOO_MANY = "You have made too many requests continuously. Please try again after some time."


def _row(rule: Rule) -> Row:
    return Row(rule.status, CODES[rule.name], _TOO_MANY if rule is rules.TOKEN_LIMIT else None)


def _body(row: Row) -> bytes:
    if row.code is None:
        return DOCUMENTED.body(row)
    if row.message is None:
        return orjson.dumps({"error": row.code})
    return orjson.dumps({"error_description": row.message, "error": row.code, "status": "failure"})


ACCOUNTS = Style(
    name="accounts",
    rows={rule.name: _row(rule) for rule in vars(rules).values() if isinstance(rule, Rule)},
    statuses=DOCUMENTED.statuses,
    body=_body,
)
