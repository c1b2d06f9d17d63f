"""The refusals that any operation can answer with."""

from __future__ import annotations

from http import HTTPStatus

from mockcliq.contract.refusals import CliqError


class UnknownPath(CliqError):
    """404: no operation has this path."""

    status = 404
    reason = "unknown_path; have={path}; need=a path of GET /_mockcliq/operations"


class UnknownWorld(CliqError):
    """404: the path names a world that does not exist."""

    status = 404
    reason = "unknown_world; have={world}; need=a world of this server"


class MethodNotAllowed(CliqError):
    """405: the path is known, but not with this method."""

    status = 405
    reason = "method_not_allowed; have={method}; need={allow}"

    def __init__(self, method: str, allow: str) -> None:
        super().__init__(method=method, allow=allow)
        self.headers = ((b"allow", allow.encode()),)


class MalformedRequest(CliqError):
    """400: what came is not HTTP."""

    status = 400
    reason = "malformed_request; have=bytes that are no HTTP request; need=HTTP/1.1"


class HeadTooLarge(CliqError):
    """400: the first line and the headers are longer, or more, than are read."""

    status = 400
    reason = "head_too_large; have=more; need=at most {bytes} bytes and {headers} headers"


class RequestUnfinished(CliqError):
    """400: a request began, and its rest did not come."""

    status = 400
    reason = "request_unfinished; have=nothing more in {seconds} s; need=the rest of the request"


class Preferred(CliqError):
    """Any documented refusal: the request asked for it."""

    reason = "preferred; have=Prefer: code={code}; need=no such header"

    def __init__(self, code: int, allow: str) -> None:
        super().__init__(code=code)
        self.status = code
        if code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.headers = ((b"allow", allow.encode()),)


class NoToken(CliqError):
    """401: there is no Authorization header."""

    status = 401
    reason = "token_missing; have=no Authorization header; need=Authorization: Bearer TOKEN"


class UnknownScheme(CliqError):
    """401: the Authorization header has another scheme."""

    status = 401
    reason = "token_scheme; have={scheme}; need=Bearer or Zoho-oauthtoken, then a token"


class UnknownToken(CliqError):
    """401: nobody issued the token."""

    status = 401
    reason = "token_unknown; have={token}; need=a token of this server"


class ExpiredToken(CliqError):
    """401: the token's time is over, by the world's clock."""

    status = 401
    reason = "token_expired; have={token}, expired at {expired}; need=a token that is valid at {now}"


class RevokedToken(CliqError):
    """401: the token was revoked."""

    status = 401
    reason = "token_revoked; have={token}; need=a token that was not revoked"


class UserNotActive(CliqError):
    """403: the token's user is no longer active in the organisation."""

    status = 403
    reason = "user_not_active; have=user {user}, deactivated; need=an active user of the organisation"


class ScopeMissing(CliqError):
    """403: the token does not have the operation's scope."""

    status = 403
    reason = "scope_missing; have={have}; need={need}"


class LockedOut(CliqError):
    """429: the user made too many calls to the operation."""

    status = 429
    quotes_client = False
    reason = (
        "rate_limited; have=user {user} locked out of {operation} until {until};"
        " need=at most {calls} calls in {window_s} s"
    )


class NotAcceptable(CliqError):
    """406: the Accept header admits no JSON."""

    status = 406
    reason = "not_acceptable; have=Accept: {accept}; need=application/json"


class InvalidInputs(CliqError):
    """400: a parameter or the body is not as the operation wants it."""

    status = 400
    reason = "invalid_input; have={name}={value}; need={need}"


class BodyTooLarge(CliqError):
    """400: the body is larger than what is read of one."""

    status = 400
    reason = "body_too_large; have=more than {limit} bytes; need=at most {limit}"


class UnknownChat(CliqError):
    """404: no chat has this id."""

    status = 404
    reason = "unknown_chat; have={chat}; need=the id of a chat"


class NotAParticipant(CliqError):
    """403: the caller is not, or no longer, in the chat."""

    status = 403
    reason = "not_a_participant; have=user {user}; need=a participant of chat {chat}"


class Unforeseen(CliqError):
    """500: a fault of this program, logged with its traceback."""

    status = 500
    reason = "unforeseen_error; have={error}; need=a report of this bug, with the server's log"
