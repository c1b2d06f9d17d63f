"""What goes in and out of the control API."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from mockcliq.moments import parse_moment
from mockcliq.seeding.tokens import ALL_SCOPES
from mockcliq.spec import EpochMs
from mockcliq.world import PARTS, Part

A_CENTURY_S = 100 * 365 * 24 * 3600
"""No test needs to move or measure more."""


def _read_moment(value: Any) -> EpochMs:
    return parse_moment(str(value))


Moment = Annotated[
    EpochMs,
    BeforeValidator(_read_moment),
    WithJsonSchema({"description": "ISO 8601, or epoch milliseconds.", "type": ["string", "integer"]}),
]


_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})


def _not_framing(name: str) -> str:
    if name.lower() in _FRAMING:
        raise ValueError("the framing of an answer stays the server's")
    return name


# What may stand in a header without breaking HTTP.
HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"), AfterValidator(_not_framing)]
# A scope of another of the service's APIs may be in a token, too.
ScopeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.]+$", max_length=100)]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\t\x20-\x7e]*$")]


class Input(BaseModel):
    """A request's body; a key that it does not have is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")


class Status(BaseModel):
    """How the server is."""

    status: Literal["alive", "ready"]


class OperationContract(BaseModel):
    """The contract of an operation, as the reference states it."""

    operation: str
    title: str
    method: str
    path: str
    scope: str
    threshold: int
    window_s: float
    lock_s: float | None
    success: int
    statuses: list[int]


class Operations(BaseModel):
    """Every operation, in the reference's order."""

    operations: list[OperationContract]


class ResetOrder(Input):
    """What to bring back to the world's start; everything by default."""

    what: list[Part] = Field(default=list(PARTS))


class ResetDone(BaseModel):
    """What was brought back."""

    reset: list[Part]


class ClockState(BaseModel):
    """How the world's clock runs, and its time in ISO 8601."""

    mode: Literal["real", "offset", "frozen"]
    now: str


class ClockOrder(Input):
    """How the clock shall run: real, from `now` on (`offset`), or frozen at `now` (the present, where not given)."""

    mode: Literal["real", "offset", "frozen"]
    now: Moment | None = None


class Advance(Input):
    """How far to move the clock on."""

    seconds: float = Field(ge=0, le=A_CENTURY_S)


class LimitState(BaseModel):
    """The limit of an operation, and how one user stands with it; without a user, how nobody does yet."""

    operation: str
    threshold: int
    window_s: float
    lock_s: float | None
    user: str | None = None
    count: int = 0
    remaining: int
    locked_until: str | None = None


class Limits(BaseModel):
    """Limits."""

    limits: list[LimitState]


class LimitOrder(Input):
    """A change of limits; what is not given stays. Without an operation it holds for all."""

    operation: str | None = None
    threshold: int | None = Field(default=None, ge=0, le=1_000_000_000)
    window_s: float | None = Field(default=None, ge=0.001, le=A_CENTURY_S)
    lock_s: float | None = Field(default=None, ge=0, le=A_CENTURY_S)


class ExhaustOrder(Input):
    """Whose threshold to use up: a user by id or e-mail address, the owner by default.

    With ``lock`` the lock begins at once; without, the next call is the one refused.
    """

    operation: str
    user: str | None = None
    lock: bool = False


class FaultMatch(Input):
    """The calls that a rule is about; a user by id or e-mail address, a path as a glob such as ``/api/v2/*/mute``."""

    operation: str | None = None
    user: str | None = None
    method: str | None = None
    path: str | None = None
    chat: str | None = None


class FaultWhen(Input):
    """Which matching calls it fires on: the first `after` pass, of the rest every k-th, at most so many times."""

    after: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, ge=1)
    every: int = Field(default=1, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0
    expires_in: float | None = Field(default=None, gt=0, le=A_CENTURY_S, description="Seconds of the world's clock.")


class FaultThen(Input):
    """A delay, an answer, or both. A status without a body has the documented body of that status."""

    status: int | None = Field(default=None, ge=200, le=599)
    body: Any = None
    headers: dict[HeaderName, HeaderValue] | None = None
    delay_ms: int = Field(default=0, ge=0, le=600_000)
    jitter_ms: int = Field(default=0, ge=0, le=600_000)
    apply: Literal["before", "after"] = "before"

    @model_validator(mode="after")
    def _does_something(self) -> FaultThen:
        if self.status is None and not self.delay_ms and not self.jitter_ms:
            raise ValueError("a fault needs a status, a delay, or both")
        return self


class FaultOrder(Input):
    """A fault rule to make."""

    match: FaultMatch = FaultMatch()
    when: FaultWhen = FaultWhen()
    then: FaultThen


class FaultRule(FaultOrder):
    """A fault rule, the matching calls that reached it, and how often it fired."""

    id: str
    hits: int
    fired: int


class FaultRules(BaseModel):
    """Fault rules, newest first."""

    faults: list[FaultRule]


class Person(BaseModel):
    """A user of the organisation."""

    id: str
    name: str
    email: str
    active: bool
    role: str | None


class Users(BaseModel):
    """Users."""

    users: list[Person]


class TokenOrder(Input):
    """A token to mint: for a user by id or e-mail address, the owner by default."""

    user: str | None = None
    scopes: list[ScopeName] = Field(default=[*ALL_SCOPES], max_length=100)
    expires_in: float | None = Field(default=None, gt=0, le=A_CENTURY_S, description="Seconds of the world's clock.")


class TokenMinted(BaseModel):
    """A token, and what it stands for."""

    token: str
    user: str
    scopes: list[str]
    expires_at: str | None


class TokenRevoked(BaseModel):
    """The token that was revoked."""

    revoked: str
