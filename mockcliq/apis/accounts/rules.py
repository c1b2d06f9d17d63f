"""The rules of the accounts server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mockcliq.contract.refusals import Rule

UNKNOWN_CLIENT = Rule(
    "unknown_client",
    200,
    have="client_id {client}",
    need="a client of GET /_mockcliq/clients",
    advice="No client is registered with this id. Use 1000.MOCKCLIQ, or register yours with POST {control}/clients.",
)
WRONG_CLIENT_SECRET = Rule(
    "wrong_client_secret",
    200,
    have="{secret}",
    need="the secret of client {client}",
    advice="The client has another secret. GET {control}/clients shows it.",
)
REDIRECT_URI_MISSING = Rule(
    "redirect_uri_missing",
    200,
    have="no redirect_uri",
    need="{need}",
    advice="Send a redirect_uri, to which the user returns.",
)
REDIRECT_URI_UNUSABLE = Rule(
    "redirect_uri_unusable",
    200,
    have="{uri}",
    need="{need}",
    advice="No user can be redirected there. Send an absolute http or https URI, or one of an app's own scheme.",
)
REDIRECT_URI_UNREGISTERED = Rule(
    "redirect_uri_unregistered",
    200,
    have="{uri}",
    need="one that client {client} registered: {registered}",
    advice="The client registered other URIs. Use one of them, or a client without any.",
)
REDIRECT_URI_DIFFERS = Rule(
    "redirect_uri_differs",
    200,
    have="{uri}",
    need="{expected}, where the code was sent",
    advice=(
        "Redeem the code with the redirect_uri of its authorization request. The codes of a self client need none:"
        " POST {control}/codes makes one."
    ),
)
RESPONSE_TYPE = Rule(
    "response_type",
    200,
    have="{response_type}",
    need="code",
    advice="Send response_type=code, the only supported one.",
)
INVALID_SCOPE = Rule(
    "invalid_scope",
    200,
    have="{scope}",
    need="1 to 100 names such as ZohoCliq.Chats.READ, separated by commas",
    advice="Send the names of scopes, separated by commas, such as ZohoCliq.Chats.READ.",
)
ACCESS_DENIED = Rule(
    "access_denied",
    200,
    have="{user}",
    need="an active user of this world, by id or e-mail address",
    advice="Choose an active user of this world; GET {control}/users lists them.",
)
GRANT_TYPE = Rule(
    "grant_type",
    200,
    have="{grant_type}",
    need="authorization_code, refresh_token or client_credentials",
    advice="Use one of the grant types that need lists.",
)
UNREADABLE_FORM = Rule(
    "unreadable_form",
    200,
    have="{error}",
    need="application/x-www-form-urlencoded or multipart/form-data",
    advice="Send the parameters in the query, as a form, or as multipart/form-data with its boundary.",
)
UNKNOWN_CODE = Rule(
    "unknown_code",
    200,
    have="{code}",
    need="a code that was given to client {client}",
    advice=(
        "This client has no such code in this world. Start again at /oauth/v2/auth, or have a self client's made with"
        " POST {control}/codes."
    ),
)
CODE_USED = Rule(
    "code_used",
    200,
    have="{code}",
    need="a code that was not used before",
    advice="A code can be used once. Use the refresh token issued for it, or get another code.",
)
CODE_EXPIRED = Rule(
    "code_expired",
    200,
    have="{code}, expired at {expired}",
    need="a code that is valid at {now}",
    advice=(
        "A code is valid for two minutes of the world's clock, a self client's for as long as was chosen. Redeem it"
        " sooner, or get another one."
    ),
)
UNKNOWN_REFRESH_TOKEN = Rule(
    "unknown_refresh_token",
    200,
    have="{token}",
    need="a refresh token that was given to client {client}",
    advice="It was revoked, removed by a reset, or belongs to another client. Log in again.",
)
UNKNOWN_TOKEN = Rule(
    "unknown_token",
    400,
    have="{token}",
    need="a token or refresh token of this server",
    advice="There is no such token; it may have been revoked already.",
)
TOKEN_LIMIT = Rule(
    "token_limit",
    400,
    have="{have} within {window_s} s",
    need="at most {limit}, the next at {until}",
    advice=(
        "The documented limits of the accounts server are on. Reuse a token while it is valid, advance"
        " the clock with POST {control}/clock/advance, or start the server without MOCKCLIQ_TOKEN_LIMIT."
    ),
)

JUDGED: Mapping[str, str] = {
    "unknown_client": "client_id",
    "wrong_client_secret": "client_secret",
    "redirect_uri_differs": "redirect_uri",
    "invalid_scope": "scope",
    "grant_type": "grant_type",
    "unknown_code": "code",
    "unknown_refresh_token": "refresh_token",
    "unknown_token": "token",
}
"""By rule, the parameter that it judges."""


def without_form(rule: Rule) -> Rule:
    """The rule, in words for a body that is no form, in which the parameter that it judges cannot be found."""
    return replace(
        rule,
        have="no {parameter}, and {body}",
        need="{parameter} in a form (application/x-www-form-urlencoded or multipart/form-data) or in the query",
        advice="The parameters are read from a form, not from JSON or anything else. Send the body as a form.",
    )
