"""What goes in and out of the control API."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from mockcliq.moments import parse_moment
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
