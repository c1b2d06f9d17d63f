"""What the inputs of the control API have in common; each route's own stand beside it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    WithJsonSchema,
)

from mockcliq.contract.ids import EpochMs
from mockcliq.timestamps import parse_moment

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
    """A request's body; a key that it does not have is a mistake worth telling, and so is a value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def link(path: str, method: str, pointer: str) -> dict[str, Any]:
    """What an answer says in the document about the id in it: it may stand in that path."""
    name = path.partition("{")[2].rstrip("}")
    reference = path.replace("/", "~1")
    link = {"operationRef": f"#/paths/{reference}/{method}", "parameters": {name: f"$response.body#{pointer}"}}
    return {"links": {f"{method} {name}": link}}
