"""Why a call was refused, and what would have worked; computed on request."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import orjson
from pydantic import BaseModel, Field

from mockcliq.contract.api import Register
from mockcliq.contract.ids import DEFAULT_WORLD, EpochMs, UserId
from mockcliq.contract.operation import Operation
from mockcliq.contract.timestamps import MS_PER_SECOND, iso_ms
from mockcliq.control import CONTROL_PATH
from mockcliq.control.explain.curl import curl_line
from mockcliq.control.explain.replay import Replay
from mockcliq.control.journal_entries import body_is_unread, sent_tokens
from mockcliq.gateway.outside import OUTSIDE
from mockcliq.redaction import Issued
from mockcliq.runtime.faults import Breakage
from mockcliq.runtime.journal import Exchange, Rendering
from mockcliq.seeding.tokens import token_name
from mockcliq.store.chats import NearChat
from mockcliq.worlds.world import World

_LABELS = ("owner", "member", "outsider", "readonly")
"""The fixed tokens that work, the best known first."""

_LIKE = 0.6
"""The least ratio of similar ids, from 0 to 1."""

_BREAKAGES: Mapping[Breakage, str] = {
    "reset": "reset the connection (a TCP RST): the client saw no answer",
    "empty": "closed the connection without an answer",
    "truncate": "closed the connection in the middle of the answer",
    "garbage": "sent bytes that are not HTTP in place of an answer, and closed the connection",
    "hang": "let the client wait, and sent nothing",
}


class NearestRoute(BaseModel):
    operation: str
    method: str
    path: str


class NearestChat(BaseModel):
    id: str
    name: str


class Explanation(BaseModel):
    """Why a call was refused, and what to change; the call itself, to paste; and ``fault`` if one fired."""

    rule: str | None = Field(default=None, description="The rule that refused it.")
    have: str | None = Field(default=None, description="What it saw.")
    need: str | None = Field(default=None, description="What it wanted.")
    advice: str | None = Field(default=None, description="What to change.")
    nearest_route: NearestRoute | None = Field(default=None, description="Of a 404 or 405: the closest operation.")
    nearest_chat: NearestChat | None = Field(
        default=None, description="Of an unknown chat: the closest, of those that the caller is in if there is one."
    )
    token: str | None = Field(default=None, description="A token of this world that would have worked.")
    lock_ends: str | None = Field(default=None, description="Of a 429: when the lock ends.")
    advance: float | None = Field(
        default=None, description="Of a 429: how many seconds to move the clock on, as POST /clock/advance takes them."
    )
    fault: str | None = Field(default=None, description="What a fault rule did to the client.")
    curl: str | None = Field(default=None, description="The call as a line to paste into a shell; not of one outside.")
    call: Replay | None = Field(default=None, description="The call in parts, to be written in any language; likewise.")


def explained(  # noqa: PLR0913 - as `explain`
    world: World | None, exchange: Exchange, rendering: Rendering, issued: Issued, base_url: str, register: Register
) -> dict[str, Any]:
    """The explanation of a call as JSON: as it was kept, or as `explain` gives it."""
    if exchange.explanation is not None:
        kept: dict[str, Any] = orjson.loads(exchange.explanation)
        return kept
    return explain(world, exchange, rendering, issued, base_url, register).model_dump()


def explain(  # noqa: PLR0913 - all that is known of it
    world: World | None, exchange: Exchange, rendering: Rendering, issued: Issued, base_url: str, register: Register
) -> Explanation:
    """Explain a call, as the world is now.

    Args:
        world: The world; None if it has ended.
        exchange: The call.
        rendering: The same without foreign secrets.
        issued: Tells whether the call's token is one of ours.
        base_url: The server's as the asking client sees it.
        register: The operations.
    """
    reason = exchange.reason
    operation, token = exchange.operation, None
    if operation is OUTSIDE:
        explanation = Explanation()
    else:
        if world is not None and operation is not None and register.api_of(operation).steps.ask_for_token:
            token = _suitable_token(world, exchange, operation)
        sent_own_token = issued(next(sent_tokens(exchange), ""))
        replay = Replay.of(exchange, rendering, base_url, None if sent_own_token else token)
        explanation = Explanation(fault=_fault(world, exchange), curl=curl_line(replay), call=replay)
    if reason is None:
        return explanation
    rule = reason.rule
    explanation.rule, explanation.have, explanation.need = rule.name, reason.have, reason.need
    control = CONTROL_PATH if exchange.world == DEFAULT_WORLD else f"{CONTROL_PATH}/worlds/{exchange.world}"
    explanation.advice = rule.advice.replace("{control}", control).replace("{have}", reason.have)
    if body_is_unread(exchange):
        explanation.advice += " It was refused before its body was read, so that the call to paste has none."
    if "token" in rule.hints:
        explanation.token = token
    if "route" in rule.hints:
        explanation.nearest_route = _nearest_route(exchange, register)
    if world is not None and "chat" in rule.hints:
        explanation.nearest_chat = _nearest_chat(world, exchange)
    if reason.lock_ends is not None:
        explanation.lock_ends = iso_ms(reason.lock_ends)
        if world is not None:
            explanation.advance = _until_unlocked(world, exchange, reason.lock_ends)
    return explanation


def _suitable_token(world: World, exchange: Exchange, operation: Operation) -> str | None:
    """A token that works for the operation and chat now: the caller's first, then the fixed ones, then others."""
    now, grants = world.clock.now(), world.credentials.grants
    fixed = [token_name(world.id, label) for label in _LABELS]
    caller = _caller(world, exchange)
    chat = world.store.chats.find(exchange.resources["chat"]) if "chat" in exchange.resources else None

    def order(token: str) -> tuple[bool, int]:
        return grants[token].caller.id != caller, fixed.index(token) if token in fixed else len(fixed)

    def works(token: str) -> bool:
        grant = grants[token]
        has_expired = grant.expires is not None and grant.expires <= now
        if (
            grant.is_webhook
            or grant.revoked
            or has_expired
            or not grant.caller.active
            or not operation.is_granted_to(grant.allows)
        ):
            return False
        is_limited = world.rate_limit and operation.limit is not None
        if is_limited and not world.limiter.usage_of(grant.caller.id, operation.id, now).remaining:
            return False
        if chat is None:
            return True
        membership = world.store.chats.membership(chat, grant.caller.id)
        return membership is not None and membership.is_participant

    return next(filter(works, sorted(grants, key=order)), None)


def _caller(world: World, exchange: Exchange) -> UserId | None:
    """The calling user, also of a refused token."""
    if exchange.user is not None:
        return UserId(exchange.user)
    grants = world.credentials.grants
    return next((grants[token].caller.id for token in sent_tokens(exchange) if token in grants), None)


def _nearest_route(exchange: Exchange, register: Register) -> NearestRoute | None:
    path = register.bare_path(exchange.line.path)

    def likeness(operation: Operation) -> tuple[float, float]:
        return _likeness(path, operation.template), _likeness(exchange.line.method.upper(), operation.method)

    nearest = max(register.documented, key=likeness, default=None)
    if nearest is None:
        return None
    return NearestRoute(operation=nearest.label, method=nearest.method, path=nearest.template)


def _likeness(path: str, template: str) -> float:
    """The similarity of a path and a template, from 0 to 1; any value fits a path parameter."""
    given, wanted = path[:1000].split("/"), template.split("/")
    if len(given) == len(wanted):
        given = [part if part.startswith("{") else have for have, part in zip(given, wanted, strict=True)]
    return SequenceMatcher(None, "/".join(given), template, autojunk=False).ratio()


def _nearest_chat(world: World, exchange: Exchange) -> NearestChat | None:
    wanted = exchange.resources.get("chat", "")
    user = _caller(world, exchange)

    def likeness(chat: NearChat) -> tuple[bool, bool, bool, float]:
        ratio = SequenceMatcher(None, wanted, chat.spelling, autojunk=False).ratio()
        is_like = ratio >= _LIKE
        return is_like and chat.is_participant, is_like, chat.is_participant, ratio

    nearest = max(world.store.chats.near(wanted, user), key=likeness, default=None)
    return None if nearest is None else NearestChat(id=nearest.id, name=nearest.name)


def _until_unlocked(world: World, exchange: Exchange, ends: EpochMs) -> float:
    """How many seconds of the world's clock a lock will last; 0 if it is gone already."""
    assert exchange.user is not None
    assert exchange.operation is not None
    now = world.clock.now()
    usage = world.limiter.usage_of(UserId(exchange.user), exchange.operation.id, now)
    return 0.0 if usage.remaining else max(0, ends - now) / MS_PER_SECOND


def _fault(world: World | None, exchange: Exchange) -> str | None:
    if exchange.fault is None:
        return None
    rules = () if world is None else world.faults
    rule = next((each for each in rules if each.id == exchange.fault), None)
    name = f"fault rule {exchange.fault}"
    if rule is None:
        return f"{name}, which is gone by now, fired on it"
    then = rule.then
    late = ", late" if then.delay_ms or then.jitter_ms else ""
    work = ", after the call had been worked through" if then.apply == "after" else ""
    if then.connection is not None:
        return f"{name} {_BREAKAGES[then.connection]}{late}{work}"
    if then.status is None:
        return f"{name} delayed the answer"
    return f"{name} answered {then.status} in place of the call's own answer{late}{work}"
