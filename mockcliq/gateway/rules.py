"""The rules of the pipeline; those of one resource or API stand in its own module."""

from __future__ import annotations

from dataclasses import replace

from mockcliq.contract.refusals import Rule

UNKNOWN_PATH = Rule(
    "unknown_path",
    404,
    have="{path}",
    need="a path of GET /_mockcliq/operations",
    advice="No operation has this path. Compare it with nearest_route; a trailing slash counts.",
    hints=("route",),
)
NOT_EMULATED = Rule(
    "not_emulated",
    404,
    have="{method} {path}",
    need="a rule of yours (POST /_mockcliq/faults)",
    advice=(
        "Cliq has this operation, MockCliq has not. POST {control}/faults makes a rule that answers it: match its path"
        " and method, then give status and body."
    ),
)
UNKNOWN_WORLD = Rule(
    "unknown_world",
    404,
    have="{world}",
    need="a world of this server",
    advice="This server has no world of that name. Use the base_url of a world in GET /_mockcliq/worlds.",
)
METHOD_NOT_ALLOWED = Rule(
    "method_not_allowed",
    405,
    have="{method}",
    need="{allow}",
    advice="The path is right, the method is wrong. Use the method of nearest_route.",
    hints=("route",),
)
MALFORMED_REQUEST = Rule(
    "malformed_request",
    400,
    have="bytes that are no HTTP request",
    need="HTTP/1.1",
    advice="The request is not HTTP. Send HTTP/1.1, without TLS.",
)
HEAD_TOO_LARGE = Rule(
    "head_too_large",
    400,
    have="more",
    need="at most {bytes} bytes and {count} headers",
    advice="The request line and headers are too large. Send shorter or fewer headers.",
)
REQUEST_UNFINISHED = Rule(
    "request_unfinished",
    400,
    have="nothing more in {seconds} s",
    need="the rest of the request",
    advice="The request is incomplete. Send as many bytes as Content-Length says.",
)
PREFERRED = Rule(
    "preferred",
    500,
    have="Prefer: code={code}",
    need="no such header",
    advice="The call asked for this answer by its Prefer header. Remove the header.",
)
TOKEN_MISSING = Rule(
    "token_missing",
    401,
    have="no Authorization header",
    need="Authorization: Bearer TOKEN",
    advice="Send the header Authorization: Bearer TOKEN, with the token given here.",
    hints=("token",),
)
TOKEN_SCHEME = Rule(
    "token_scheme",
    401,
    have="{scheme}",
    need="Bearer or Zoho-oauthtoken, then a token",
    advice="Send the token as Authorization: Bearer TOKEN, or Authorization: Zoho-oauthtoken TOKEN.",
    hints=("token",),
)
TOKEN_UNKNOWN = Rule(
    "token_unknown",
    401,
    have="{token}",
    need="a token of this server",
    advice="This server did not issue that token, or a reset removed it. Use the token given here.",
    hints=("token",),
)
TOKEN_EXPIRED = Rule(
    "token_expired",
    401,
    have="{token}, expired at {expired}",
    need="a token that is valid at {now}",
    advice="The token has expired by the world's clock. Refresh it, or use the token given here.",
    hints=("token",),
)
TOKEN_REVOKED = Rule(
    "token_revoked",
    401,
    have="{token}",
    need="a token that was not revoked",
    advice="The token was revoked. Use the token given here, or mint one with POST {control}/tokens.",
    hints=("token",),
)
WEBHOOK_TOKEN_NOT_TAKEN = Rule(
    "webhook_token_not_taken",
    401,
    have="zapikey in the query",
    need="Authorization: Bearer TOKEN",
    advice="A webhook token is for posts, files and incoming webhooks. Send an access token in the header.",
    hints=("token",),
)
NO_WEBHOOK_TOKEN = Rule(
    "no_webhook_token",
    401,
    have="zapikey={token}",
    need="a webhook token of this server, such as 1001.mockcliq.webhook",
    advice="The zapikey is no webhook token. GET {control}/webhooks gives a URL with one.",
)
WEBHOOK_TOKEN_IN_HEADER = Rule(
    "webhook_token_in_header",
    401,
    have="a webhook token in the Authorization header",
    need="the query parameter zapikey",
    advice="A webhook token stands in the query: ?zapikey=TOKEN. The header is for access tokens.",
    hints=("token",),
)
AUTHTOKEN_RETIRED = Rule(
    "authtoken_retired",
    401,
    have="authtoken",
    need="Authorization: Bearer TOKEN, or a webhook token as zapikey",
    advice="The authtoken was retired in 2021. Send an access token, or a webhook token as zapikey.",
    hints=("token",),
)
USER_NOT_ACTIVE = Rule(
    "user_not_active",
    403,
    have="user {user}, deactivated",
    need="an active user of the organisation",
    advice="The token's user is deactivated. Use the token given here, which is an active user's.",
    hints=("token",),
)
SCOPE_MISSING = Rule(
    "scope_missing",
    403,
    have="{have}",
    need="{need}",
    advice="The token lacks the operation's scope. Request that scope, or use the token given here.",
    hints=("token",),
)
RATE_LIMITED = Rule(
    "rate_limited",
    429,
    have="user {user} locked out of {operation} until {until}",
    need="at most {calls} calls in {window_s} s",
    advice=(
        "The user exceeded the threshold. Wait until lock_ends, or advance the clock with POST"
        " {control}/clock/advance; DELETE {control}/limits ends the lock at once."
    ),
    hints=("token", "lock"),
    quotes_client=False,
)
NOT_ACCEPTABLE = Rule(
    "not_acceptable",
    406,
    have="Accept: {accept}",
    need="application/json",
    advice="The Accept header excludes JSON, the only format. Accept application/json.",
)
INVALID_INPUT = Rule(
    "invalid_input",
    400,
    have="{name}={value}",
    need="{need}",
    advice="A parameter or the body is invalid. Send what need says.",
)
MALFORMED_ID = replace(INVALID_INPUT, variant="id")
MISSING_INPUT = replace(INVALID_INPUT, variant="missing")
UNKNOWN_CHOICE = replace(INVALID_INPUT, variant="choice")
EXTRA_PARAM = Rule(
    "extra_param",
    400,
    have="{name}",
    need="{need}",
    advice="The operation has no such parameter, and this world's profile, observed, refuses it. Leave it out.",
)
EXTRA_KEY = Rule(
    "extra_key",
    400,
    have="{path}",
    need="{need}",
    advice="The body has no such key, and this world's profile, observed, refuses it. Leave it out.",
)
BODY_TOO_LARGE = Rule(
    "body_too_large",
    400,
    have="more than {limit} bytes",
    need="at most {limit}",
    advice="The body is too large. Send less.",
)
UPLOADS_FULL = Rule(
    "uploads_full",
    500,
    have="{limit} bytes of bodies in flight",
    need="room for one more",
    advice="Too many bodies arrive at the same time. Send it again, or raise MOCKCLIQ_UPLOADS_BYTES.",
)
CONTENT_ENCODING = Rule(
    "content_encoding",
    400,
    have="{have}",
    need="{need}",
    advice="The body cannot be decoded. Compress it with gzip or deflate, or send it as it is.",
)
DATABASE_LOST = Rule(
    "database_lost",
    500,
    have="{trouble}",
    need="a server that has its database file",
    advice=(
        "The server's database file was deleted, replaced or overwritten, and nothing is written any more. Put the file"
        " back, or restart the server; GET {control}/state saves what can still be read."
    ),
    quotes_client=False,
)
DISK_FAILED = Rule(
    "disk_failed",
    500,
    have="{trouble}",
    need="a disk that can be read and written",
    advice="The server's disk or its limits refused, and nothing was changed. See to it, then call again.",
    quotes_client=False,
)
UNFORESEEN_ERROR = Rule(
    "unforeseen_error",
    500,
    have="{error}",
    need="a report of this bug, with the server's log",
    advice="This is a bug in MockCliq. Please report it with the traceback in the server's log.",
)
INJECTED_FAULT = Rule(
    "injected_fault",
    500,
    have="fault rule {id}",
    need="no such rule",
    advice="A fault rule did this. Remove the rule (DELETE {control}/faults), or let the client retry.",
    quotes_client=False,
)
