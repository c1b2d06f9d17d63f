"""Why a call was refused, and what would have worked: found out when somebody asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from difflib import SequenceMatcher
from typing import NamedTuple

from pydantic import BaseModel, Field

from mockcliq.contract.ids import DEFAULT_WORLD, EpochMs, UserId
from mockcliq.contract.operation import Operation
from mockcliq.control.explain.advice import ADVICE, OTHERWISE
from mockcliq.control.explain.curl import curl_line
from mockcliq.control.explain.javascript import javascript_program
from mockcliq.control.explain.python import python_program
from mockcliq.control.explain.replay import Replay
from mockcliq.control.journal_entries import body_is_unread, redaction_of
from mockcliq.gateway.router import bare_path
from mockcliq.redaction import Issued
from mockcliq.runtime.journal import Exchange
from mockcliq.seeding.tokens import token_name
from mockcliq.store.chats import NearChat
from mockcliq.store.tokens import Grant
from mockcliq.timestamps import MS_PER_SECOND, NoMoment, parse_moment
from mockcliq.worlds.world import World

_UNTIL = re.compile(r" until (\S+)$")

_LABELS = ("owner", "member", "outsider", "readonly")
"""The fixed tokens that are good for something, the best known first."""

_LIKE = 0.6
"""From here on two ids are alike, of 0 to 1."""

_ANOTHER_TOKEN_HELPS = frozenset(
    {
        "token_missing",
        "token_scheme",
        "token_unknown",
        "token_expired",
        "token_revoked",
        "user_not_active",
        "scope_missing",
        "rate_limited",
        "not_a_participant",
    }
)
"""The rules that are about who calls."""

_BREAKAGES = {
    "reset": "reset the connection (a TCP RST): the client saw no answer",
    "empty": "closed the connection without an answer",
    "truncate": "closed the connection in the middle of the answer",
    "garbage": "sent bytes that are not HTTP in place of an answer, and closed the connection",
    "hang": "let the client wait, and sent nothing",
}


class NearestRoute(BaseModel):
    """An operation's method and path."""

    operation: str
    method: str
    path: str


class NearestChat(BaseModel):
    """A chat's id and name."""

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
    curl: str = Field(description="The call as a line to paste into a shell.")
    python: str = Field(description="The call as a program in Python, which needs the standard library alone.")
    javascript: str = Field(
        description="The call as a module in JavaScript, for Node or a browser; a comment where fetch cannot make it."
    )


class Asked(NamedTuple):
    """What an explanation is made for."""

    operations: Sequence[Operation]
    issued: Issued
    base_url: str
    """Scheme and host of the server, as whoever asks reaches it."""


def explain(world: World, exchange: Exchange, asked: Asked) -> Explanation:
    """Explain one call, as the world is now."""
    rule, have, need = _parts(exchange.reason)
    redaction = redaction_of(exchange, asked.issued)
    operation = next((each for each in asked.operations if each.name == exchange.operation), None)
    token = None if operation is None else _suitable_token(world, exchange, operation)
    replay = Replay.of(exchange, redaction, asked.base_url, None if _sent_own_token(exchange, asked.issued) else token)
    explanation = Explanation(
        rule=rule,
        have=have,
        need=need,
        fault=_fault(world, exchange),
        curl=curl_line(replay),
        python=python_program(replay),
        javascript=javascript_program(replay),
    )
    if rule is None:
        return explanation
    explanation.advice = ADVICE.get(rule, OTHERWISE).replace("{control}", _control_path(world))
    if body_is_unread(exchange):
        explanation.advice += " It was refused before its body was read, so that the call to paste has none."
    if rule in _ANOTHER_TOKEN_HELPS:
        explanation.token = token
    if rule in ("unknown_path", "method_not_allowed"):
        explanation.nearest_route = _nearest_route(exchange, asked.operations)
    if rule == "unknown_chat":
        explanation.nearest_chat = _nearest_chat(world, exchange)
    if rule == "rate_limited":
        _explain_lock(world, exchange, explanation)
    return explanation


def _control_path(world: World) -> str:
    """Where the routes of the world stand."""
    return "/_mockcliq" if world.id == DEFAULT_WORLD else f"/_mockcliq/worlds/{world.id}"


def _parts(reason: str | None) -> tuple[str | None, str | None, str | None]:
    """Rule, have and need; what was seen may look like the other two."""
    if reason is None:
        return None, None, None
    rule, _, rest = reason.partition("; have=")
    have, _, need = rest.rpartition("; need=")
    return rule, have, need


def _sent_own_token(exchange: Exchange, issued: Issued) -> bool:
    """Whether the call came with a token of this server."""
    for name, value in exchange.headers:
        if name == b"authorization":
            return issued(value.decode("latin-1").strip().partition(" ")[2].strip())
    return False


def _suitable_token(world: World, exchange: Exchange, operation: Operation) -> str | None:
    """A token that the operation takes on that chat now: of the caller if there is one, of the fixed ones if so."""
    now = world.clock.now()
    fixed = [token_name(world.id, label) for label in _LABELS]
    caller = _caller(world, exchange)
    chat = None if exchange.chat is None else world.store.chats.find(exchange.chat)

    def order(token: str) -> tuple[bool, int]:
        return world.credentials.grants[token].caller.id != caller, fixed.index(token) if token in fixed else len(fixed)

    def works(grant: Grant) -> bool:
        if grant.revoked or not grant.caller.active or operation.scope not in grant.allows:
            return False
        if grant.expires is not None and grant.expires <= now:
            return False
        if world.rate_limit and not world.limiter.usage_of(grant.caller.id, operation.name, now).remaining:
            return False
        if chat is None:
            return True
        membership = world.store.chats.membership(chat, grant.caller.id)
        return membership is not None and membership.is_participant

    return next(
        (each for each in sorted(world.credentials.grants, key=order) if works(world.credentials.grants[each])), None
    )


def _caller(world: World, exchange: Exchange) -> UserId | None:
    """Who called, also with a token that was refused."""
    if exchange.user is not None:
        return UserId(exchange.user)
    for name, value in exchange.headers:
        grant = world.credentials.grants.get(value.decode("latin-1").strip().partition(" ")[2].strip())
        if name == b"authorization" and grant is not None:
            return grant.caller.id
    return None


def _nearest_route(exchange: Exchange, operations: Sequence[Operation]) -> NearestRoute | None:
    path = bare_path(exchange.path)

    def likeness(operation: Operation) -> tuple[float, float]:
        return _likeness(path, operation.prefix + operation.path), _likeness(exchange.method.upper(), operation.method)

    nearest = max(operations, key=likeness, default=None)
    if nearest is None:
        return None
    return NearestRoute(operation=nearest.name, method=nearest.method, path=nearest.prefix + nearest.path)


def _likeness(path: str, template: str) -> float:
    """How like two paths are; what stands in a variable part is as good as its name."""
    given, wanted = path[:1000].split("/"), template.split("/")
    if len(given) == len(wanted):
        given = [part if part.startswith("{") else have for have, part in zip(given, wanted, strict=True)]
    return SequenceMatcher(None, "/".join(given), template, autojunk=False).ratio()


def _nearest_chat(world: World, exchange: Exchange) -> NearestChat | None:
    wanted = exchange.chat or ""
    user = _caller(world, exchange)

    def likeness(chat: NearChat) -> tuple[bool, bool, bool, float]:
        ratio = SequenceMatcher(None, wanted, chat.spelling, autojunk=False).ratio()
        is_like = ratio >= _LIKE
        return is_like and chat.is_participant, is_like, chat.is_participant, ratio

    nearest = max(world.store.chats.near(wanted, user), key=likeness, default=None)
    return None if nearest is None else NearestChat(id=nearest.id, name=nearest.name)


def _explain_lock(world: World, exchange: Exchange, explanation: Explanation) -> None:
    found = _UNTIL.search(explanation.have or "")
    if found is None or exchange.user is None or exchange.operation is None:
        return
    try:
        ends = parse_moment(found[1])
    except NoMoment:
        return
    now = world.clock.now()
    usage = world.limiter.usage_of(UserId(exchange.user), exchange.operation, now)
    explanation.lock_ends = found[1]
    left = EpochMs(ends - now) if not usage.remaining else EpochMs(0)
    explanation.advance = max(0, left) / MS_PER_SECOND


def _fault(world: World, exchange: Exchange) -> str | None:
    if exchange.fault is None:
        return None
    rule = next((each for each in world.faults if each.id == exchange.fault), None)
    name = f"fault rule {exchange.fault}"
    if rule is None:
        return f"{name}, which is gone by now, fired on it"
    then = asdict(rule.then)
    late = ", late" if then["delay_ms"] or then["jitter_ms"] else ""
    work = ", after the call had been worked through" if then["apply"] == "after" else ""
    connection = then.get("connection")
    if connection is not None:
        return f"{name} {_BREAKAGES.get(connection, 'broke the connection off')}{late}{work}"
    if then["status"] is None:
        return f"{name} delayed the answer"
    return f"{name} answered {then['status']} in place of the call's own answer{late}{work}"
