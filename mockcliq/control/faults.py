"""Routes of a world's fault rules."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator
from starlette.requests import Request

from mockcliq.contract.timestamps import iso_ms
from mockcliq.control import CONTROL_PATH
from mockcliq.control.deps import SelectedWorld, known_operation, known_user
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import A_CENTURY_S, Input, link
from mockcliq.gateway.socket_faults import unbreakable
from mockcliq.runtime.faults import MOST_RULES, Breakage, Match, Rule, Then, TooManyRules, When
from mockcliq.worlds.world import World

router = APIRouter(prefix="/faults", tags=["Faults"], responses=PROBLEMS, route_class=ControlRoute)

_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})


def _not_framing(name: str) -> str:
    if name.lower() in _FRAMING:
        raise ValueError("the framing of an answer stays the server's")
    return name


def _check_serializable(body: Any) -> Any:
    try:
        body.encode() if isinstance(body, str) else orjson.dumps(body)
    except (UnicodeEncodeError, orjson.JSONEncodeError) as error:
        raise ValueError(f"it cannot be sent as JSON in UTF-8: {error}") from error
    return body


# The characters of headers in RFC 9110.
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"), AfterValidator(_not_framing)]

HeaderValue = Annotated[str, StringConstraints(pattern=r"^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$")]

Word = Annotated[str, StringConstraints(max_length=200)]
"""No id, address or glob is longer; what a glob is compared by grows faster than its length."""

Body = Annotated[Any, AfterValidator(_check_serializable)]


def _can_fit(glob: str) -> str:
    """Refuse what fits no path, so that a rule does not wait in silence for calls that cannot come."""
    if not glob.startswith(("/", "*", "?", "[")):
        raise ValueError("a path begins with a slash (/api/v2/chats), a glob perhaps with *; leave out scheme and host")
    if placeholder := _PLACEHOLDER.search(glob):
        raise ValueError(f"a path has ids where an operation has {placeholder[0]}: put * there")
    if _QUERY.search(glob):
        raise ValueError("a path has no query: leave out what begins at the question mark")
    if glob.startswith(f"{CONTROL_PATH}/"):
        raise ValueError("no rule acts on the control API")
    return glob


_PLACEHOLDER = re.compile(r"\{\w+\}")
_QUERY = re.compile(r"\?[\w.-]+=")
PathGlob = Annotated[Word, AfterValidator(_can_fit), Field(json_schema_extra={"pattern": r"^[/*?\[]"})]


class FaultMatch(Input):
    """The calls that a rule matches; user by id or e-mail address, path as a glob such as ``/api/v2/*/mute``.

    With a path it matches calls to no operation, too: those that are not emulated, and any unknown path.
    """

    operation: Word | None = None
    user: Word | None = None
    method: Word | None = None
    path: PathGlob | None = None
    chat: Word | None = None


class FaultWhen(Input):
    """The matching calls on which a rule fires: after the first `after`, every `every`-th, at most `times` times."""

    after: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, ge=1)
    every: int = Field(default=1, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0
    expires_in: float | None = Field(default=None, gt=0, le=A_CENTURY_S, description="Seconds of the world's clock.")


class FaultThen(Input):
    """A delay, and an answer or a broken connection. A status without a body has the documented body."""

    status: int | None = Field(default=None, ge=200, le=599)
    connection: Breakage | None = Field(
        default=None,
        description=(
            "Instead of an answer: `reset` (TCP RST), `empty` (closed without an answer), `truncate` (closed in the"
            " middle of it), `garbage` (bytes that are not HTTP, then closed), `hang` (kept open without an answer)."
        ),
    )
    body: Body = None
    headers: dict[HeaderName, HeaderValue] | None = None
    delay_ms: int = Field(default=0, ge=0, le=600_000)
    jitter_ms: int = Field(default=0, ge=0, le=600_000)
    apply: Literal["before", "after"] = "before"

    @model_validator(mode="after")
    def _check_effect(self) -> FaultThen:
        if self.status is not None and self.connection is not None:
            raise ValueError("a call is answered or its connection broken off: leave out `status` or `connection`")
        if self.status is None:
            if self.body is not None or self.headers is not None:
                raise ValueError("`body` and `headers` are those of an answer: add its `status`, or leave them out")
            if self.connection is None and not self.delay_ms and not self.jitter_ms:
                raise ValueError("a fault needs a `status`, a `connection` or a delay (`delay_ms`, `jitter_ms`)")
        return self


class FaultRequest(Input):
    match: FaultMatch = FaultMatch()
    when: FaultWhen = FaultWhen()
    then: FaultThen


class FaultRule(FaultRequest):
    """A fault rule; `hits` counts the matching calls that reached it, `fired` its firings."""

    expires_at: str | None = Field(default=None, description="When the rule ends, by the world's clock.")
    id: str
    hits: int
    fired: int


class FaultRules(BaseModel):
    """Fault rules, newest first."""

    faults: list[FaultRule]


@router.get("", summary="List fault rules")
async def list_faults(world: SelectedWorld) -> FaultRules:
    """Newest first, which is the order of precedence."""
    return FaultRules(faults=[fault_state(world, rule) for rule in world.faults])


@router.post(
    "", summary="Add a fault rule", status_code=201, responses={201: link("/faults/{fault_id}", "delete", "/id")}
)
async def add_fault(request: Request, world: SelectedWorld, body: FaultRequest) -> FaultRule:
    """Delays, answers or breaks matching calls as `then` says, before authentication."""
    how = body.then.connection
    if how is not None and unbreakable(request.scope, how):
        raise Problem(
            422,
            f"then.connection: under this server a connection breaks by truncate and hang alone, not by {how}; serve by"
            " `mockcliq serve`, or by uvicorn with --http mockcliq.http.connection:HttpConnection",
        )
    match = body.match
    operation = None if match.operation is None else known_operation(world, match.operation).id
    user = None if match.user is None else known_user(world, match.user)
    chat = None if match.chat is None else world.store.chats.find(match.chat)
    if chat is None and match.chat is not None:
        raise Problem(422, f"match.chat: there is no chat {match.chat!r}")
    try:
        rule = world.faults.add(
            Match(operation, user, None if match.method is None else match.method.upper(), match.path, chat),
            When(**body.when.model_dump()),
            Then(**body.then.model_dump()),
            world.clock.now(),
        )
    except TooManyRules:
        raise Problem(409, f"a world has at most {MOST_RULES} fault rules; delete some, or all of them") from None
    return fault_state(world, rule)


@router.delete("", summary="Remove all fault rules")
async def clear_faults(world: SelectedWorld) -> FaultRules:
    """Calls are answered normally again."""
    world.faults.clear()
    return FaultRules(faults=[])


@router.delete("/{fault_id}", summary="Remove a fault rule")
async def remove_fault(world: SelectedWorld, fault_id: str) -> FaultRules:
    """Returns the other rules."""
    if not world.faults.remove(fault_id):
        raise Problem(404, f"there is no fault rule {fault_id!r}")
    return await list_faults(world)


def fault_state(world: World, rule: Rule) -> FaultRule:
    match = asdict(rule.match)
    if rule.match.operation is not None:
        match["operation"] = world.register[rule.match.operation].label
    return FaultRule(
        match=FaultMatch(**match),
        when=FaultWhen(**asdict(rule.when)),
        then=FaultThen(**asdict(rule.then)),
        expires_at=None if rule.expires is None else iso_ms(rule.expires),
        id=rule.id,
        hits=rule.hits,
        fired=rule.fired,
    )
