"""The steps that a request to the Chats API passes, in order; each lets it pass, answers it, or refuses it by raising.

Most of them have nothing to wait for and are plain functions; one that has returns what is to be awaited.

The order is the product's one order of refusals. Nothing about a request is parsed before its token is judged, and a
request counts against the threshold once it has passed the scope check, whatever becomes of it afterwards.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from time import monotonic

from mockcliq.contract.ids import CHAT_ID_PATTERN, EpochMs
from mockcliq.contract.operation import Operation
from mockcliq.contract.quoting import last_four
from mockcliq.contract.refusals import MESSAGES
from mockcliq.gateway import cors
from mockcliq.gateway.answers import Answer, faulted
from mockcliq.gateway.call import Call
from mockcliq.gateway.errors import (
    ExpiredToken,
    InvalidInputs,
    LockedOut,
    MethodNotAllowed,
    NotAcceptable,
    NotAParticipant,
    NoToken,
    Preferred,
    RevokedToken,
    ScopeMissing,
    UnknownChat,
    UnknownPath,
    UnknownScheme,
    UnknownToken,
    UnknownWorld,
    UserNotActive,
)
from mockcliq.gateway.inputs import has_body, read_body, read_json, read_query
from mockcliq.gateway.negotiation import admits_json
from mockcliq.gateway.route import Step
from mockcliq.gateway.router import world_in
from mockcliq.redaction import SCHEMES
from mockcliq.runtime.faults import Subject
from mockcliq.timestamps import MS_PER_SECOND, iso_ms

TOKEN_SCHEMES = frozenset({"bearer", "zoho-oauthtoken"})
"""The schemes of the Authorization header, in lower case: the reference's samples and Zoho's SDKs differ."""

_PREFERRED_CODE = re.compile(rb"(?:^|[,;])\s*code\s*=\s*\"?([0-9]{3})\b", re.IGNORECASE)
_CHAT_ID = re.compile(CHAT_ID_PATTERN)


def find_world(call: Call) -> None:
    """The world that issued the token; where nobody knows it, the one that the path names, or `default`."""
    call.token = _token_in(call.header(b"authorization"))
    world_id = world_in(call.scope["path"]) if call.match is None else call.match.world_id
    named = call.worlds.default if world_id is None else call.worlds.named(world_id)
    call.world = call.worlds.of_token(call.token) or named or call.worlds.default
    call.world.last_used = monotonic()
    call.now = call.world.clock.now()
    if named is None and call.match is not None:
        raise UnknownWorld(world=world_id)


def answer_preflight(call: Call) -> Answer | None:
    """What a browser asks before a page may make the call; any other OPTIONS is a call like all others."""
    return cors.preflight(call) if cors.is_preflight(call) else None


def find_endpoint(call: Call) -> None:
    """404 for a path that nothing has, 405 for a method that the path does not have."""
    if call.match is None:
        raise UnknownPath(path=call.scope["path"])
    endpoint = call.match.endpoints.get(call.scope["method"])
    if endpoint is None:
        raise MethodNotAllowed(call.scope["method"], call.match.allow)
    call.endpoint = endpoint
    if isinstance(endpoint, Operation):
        call.operation = endpoint
    call.operation_name = endpoint.name
    call.allow = call.match.allow
    call.parameters = call.match.parameters
    call.chat_key = call.parameters.get("CHAT_ID")


def grant_preference(call: Call) -> None:
    """The documented refusal that a `Prefer: code=...` header asks for."""
    prefer = call.header(b"prefer")
    if prefer is None or not call.settings.prefer:
        return
    asked = _PREFERRED_CODE.search(prefer)
    if asked is not None and int(asked[1]) in MESSAGES:
        raise Preferred(int(asked[1]), call.allow)


def inject_fault(call: Call) -> Answer | Awaitable[Answer | None] | None:
    """What a fault rule does to the call: a delay, an end at once, or one in place of its own answer later."""
    if not call.world.faults:
        return None
    grant = call.world.credentials.grants.get(call.token)
    assert call.match is not None
    subject = Subject(
        operation=call.endpoint.name,
        user=call.user_id if grant is None else grant.caller.id,
        method=call.endpoint.method,
        path=call.match.path,
        chat=None if call.chat_key is None else call.world.store.chats.find(call.chat_key),
    )
    rule = call.world.faults.strike(subject, call.now)
    if rule is None:
        return None
    call.fault = rule
    answer = faulted(rule, call.allow) if rule.fails_at_once else None
    delay_s = rule.delay_s()
    return asyncio.sleep(delay_s, answer) if delay_s else answer


def authenticate(call: Call) -> None:
    """401 without a token that this world issued and that is still good."""
    if not call.token:
        authorization = call.header(b"authorization")
        if authorization is None:
            raise NoToken
        raise UnknownScheme(scheme=_scheme_shown(authorization))
    grant = call.world.credentials.grants.get(call.token)
    if grant is None:
        raise UnknownToken(token=last_four(call.token))
    if grant.revoked:
        raise RevokedToken(token=call.token)
    if grant.expires is not None and grant.expires <= call.now:
        raise ExpiredToken(token=call.token, expired=iso_ms(grant.expires), now=iso_ms(call.now))
    call.grant = grant
    call.user_id = grant.caller.id


def require_active_user(call: Call) -> None:
    """403 for a user who was deactivated."""
    if not call.caller.active:
        raise UserNotActive(user=call.caller.id)


def require_scope(call: Call) -> None:
    """403 for a token without the operation's scope."""
    if call.operation.scope not in call.grant.allows:
        raise ScopeMissing(have=",".join(call.grant.scopes) or "no scope", need=call.operation.scope)


def limit_rate(call: Call) -> None:
    """429 for a user over the operation's threshold, and for every call of the lock that follows."""
    if not call.world.rate_limit:
        return
    limiter, user, operation = call.world.limiter, call.caller.id, call.operation.name
    lock = limiter.admit(user, operation, call.now)
    headers = call.settings.rate_limit_headers
    if headers == "x-ratelimit":
        call.extra_headers += _x_ratelimit(call, None if lock is None else lock.until)
    if lock is None:
        return
    if headers == "retry-after":
        call.extra_headers.append((b"retry-after", b"%d" % _seconds_until(lock.until, call.now)))
    limit = limiter.limits[operation]
    raise LockedOut(
        user=user,
        operation=operation,
        until=iso_ms(lock.until),
        calls=limit.calls,
        window_s=limit.window_ms / MS_PER_SECOND,
    )


def negotiate(call: Call) -> None:
    """406 for an Accept header that admits no JSON."""
    accept = call.header(b"accept")
    if accept is not None and not admits_json(accept.decode("latin-1")):
        raise NotAcceptable(accept=accept.decode("latin-1"))


def read_inputs(call: Call) -> Awaitable[None] | None:
    """400 for a path, query or body that is not as the operation wants it."""
    if call.chat_key is not None and not _CHAT_ID.fullmatch(call.chat_key):
        raise InvalidInputs(name="CHAT_ID", value=call.chat_key, need=CHAT_ID_PATTERN)
    if call.operation.query is not None:
        call.query = read_query(call.operation.query, call.scope["query_string"])
    if has_body(call):
        return _read_payload(call)
    if call.operation.body is not None:
        call.payload = read_json(call.operation.body, b"")
    return None


def find_chat(call: Call) -> None:
    """404 for the id of no chat."""
    if call.chat_key is None:
        return
    chat = call.world.store.chats.membership(call.chat_key, call.caller.id)
    if chat is None:
        raise UnknownChat(chat=call.chat_key)
    call.chat = chat


def require_participant(call: Call) -> None:
    """403 for a caller who is not, or no longer, in the chat."""
    if call.chat_key is not None and not call.chat.is_participant:
        raise NotAParticipant(user=call.caller.id, chat=call.chat.chat_id)


STEPS: tuple[Step, ...] = (
    find_world,
    answer_preflight,
    find_endpoint,
    grant_preference,
    inject_fault,
    authenticate,
    require_active_user,
    require_scope,
    limit_rate,
    negotiate,
    read_inputs,
    find_chat,
    require_participant,
)
"""The order of refusals. What an operation's own rules refuse comes after all of them."""


async def _read_payload(call: Call) -> None:
    call.raw_body = await read_body(call)
    if call.operation.body is not None:
        call.payload = read_json(call.operation.body, call.raw_body)


def _token_in(authorization: bytes | None) -> str:
    """The token in an Authorization header; empty where there is none of a known scheme."""
    if authorization is None:
        return ""
    scheme, _, token = authorization.decode("latin-1").strip().partition(" ")
    return token.strip() if scheme.lower() in TOKEN_SCHEMES else ""


def _scheme_shown(authorization: bytes) -> str:
    """The header's scheme if it is one that people know: what stands in its place may be a secret."""
    scheme = authorization.decode("latin-1").strip().partition(" ")[0]
    return scheme if scheme.lower() in SCHEMES else "another scheme, or none"


def _seconds_until(then: EpochMs, now: EpochMs) -> int:
    return -(-(then - now) // MS_PER_SECOND)


def _x_ratelimit(call: Call, locked_until: EpochMs | None) -> list[tuple[bytes, bytes]]:
    limiter, user, operation = call.world.limiter, call.caller.id, call.operation.name
    limit = limiter.limits[operation]
    return [
        (b"x-ratelimit-limit", b"%d" % limit.calls),
        (b"x-ratelimit-remaining", b"%d" % limiter.usage_of(user, operation, call.now).remaining),
        (
            b"x-ratelimit-reset",
            b"%d" % _seconds_until(locked_until or limiter.frees_at(user, operation, call.now), call.now),
        ),
    ]
