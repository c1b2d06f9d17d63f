"""Shared schemas of the control API."""

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
"""The maximum of durations, in seconds."""


def _read_moment(value: Any) -> EpochMs:
    return parse_moment(str(value))


Moment = Annotated[
    EpochMs,
    BeforeValidator(_read_moment),
    WithJsonSchema({"description": "ISO 8601, or epoch milliseconds.", "type": ["string", "integer"]}),
]


class Input(BaseModel):
    """A request's body; refuses unknown keys and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def link(path: str, method: str, pointer: str) -> dict[str, Any]:
    """An OpenAPI link: the id at ``pointer`` in the answer is the parameter of ``path``."""
    name = path.partition("{")[2].rstrip("}")
    reference = path.replace("/", "~1")
    link = {"operationRef": f"#/paths/{reference}/{method}", "parameters": {name: f"$response.body#{pointer}"}}
    return {"links": {f"{method} {name}": link}}
