"""The rules of the accounts server."""

from __future__ import annotations

from mockcliq.contract.refusals import Rule

UNKNOWN_CLIENT = Rule(
    "unknown_client",
    200,
    have="client_id {client}",
    need="a client of GET /_mockcliq/clients",
    advice="No client has registered so. Use 1000.MOCKCLIQ, or register yours by POST {control}/clients.",
)
WRONG_CLIENT_SECRET = Rule(
    "wrong_client_secret",
    200,
    have="{secret}",
    need="the secret of client {client}",
    advice="The client's secret is another. GET {control}/clients has it.",
)
REDIRECT_URI_MISSING = Rule(
    "redirect_uri_missing",
    200,
    have="no redirect_uri",
    need="{need}",
    advice="Say in redirect_uri where the user is sent back to.",
)
REDIRECT_URI_UNUSABLE = Rule(
    "redirect_uri_unusable",
    200,
    have="{uri}",
    need="{need}",
    advice="Nobody can be sent there. Give a whole http or https URI, or one of an app's own scheme.",
)
REDIRECT_URI_UNREGISTERED = Rule(
    "redirect_uri_unregistered",
    200,
    have="{uri}",
    need="one that client {client} registered: {registered}",
    advice="The client registered other places. Use one of them, or a client that has none.",
)
REDIRECT_URI_DIFFERS = Rule(
    "redirect_uri_differs",
    200,
    have="{uri}",
    need="{expected}, where the code was sent",
    advice="Redeem the code with the redirect_uri that it was asked for with.",
)
RESPONSE_TYPE = Rule(
    "response_type",
    200,
    have="{response_type}",
    need="code",
    advice="Ask with response_type=code, the only one there is.",
)
INVALID_SCOPE = Rule(
    "invalid_scope",
    200,
    have="{scope}",
    need="1 to 100 names such as ZohoCliq.Chats.READ, separated by commas",
    advice="Ask for scopes by their names, separated by commas, such as ZohoCliq.Chats.READ.",
)
ACCESS_DENIED = Rule(
    "access_denied",
    200,
    have="{user}",
    need="an active user of this world, by id or e-mail address",
    advice="Choose an active user of this world; GET {control}/users has them.",
)
GRANT_TYPE = Rule(
    "grant_type",
    200,
    have="{grant_type}",
    need="authorization_code, refresh_token or client_credentials",
    advice="Ask by one of the three grants that need names.",
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
    advice="This client was given no such code in this world. Begin again at /oauth/v2/auth.",
)
CODE_USED = Rule(
    "code_used",
    200,
    have="{code}",
    need="a code that was not used before",
    advice="A code is good once. Use the refresh token that came for it, or begin again at /oauth/v2/auth.",
)
CODE_EXPIRED = Rule(
    "code_expired",
    200,
    have="{code}, expired at {expired}",
    need="a code that is valid at {now}",
    advice="A code is good for two minutes of the world's clock. Redeem it sooner, or begin again.",
)
UNKNOWN_REFRESH_TOKEN = Rule(
    "unknown_refresh_token",
    200,
    have="{token}",
    need="a refresh token that was given to client {client}",
    advice="It was revoked, a reset took it back, or it is another client's. Log in again.",
)
UNKNOWN_TOKEN = Rule(
    "unknown_token",
    400,
    have="{token}",
    need="a token or refresh token of this server",
    advice="There is nothing to revoke under that name; it may have been revoked already.",
)
TOKEN_LIMIT = Rule(
    "token_limit",
    400,
    have="{have} within {window_s} s",
    need="at most {limit}, the next at {until}",
    advice=(
        "The documented limits of the accounts server are on. Keep a token for as long as it is good, skip"
        " the time by POST {control}/clock/advance, or start the server without MOCKCLIQ_TOKEN_LIMIT."
    ),
)
