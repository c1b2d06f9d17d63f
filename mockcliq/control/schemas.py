"""Shared schemas of the control API."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.timestamps import iso_ms, parse_moment

A_CENTURY_S = 100 * 365 * 24 * 3600
"""The maximum of durations, in seconds."""

LONGEST_VERIFY_S = 60
"""How long a verification waits at most, in real seconds."""

LONGEST_WAIT_S = 3600
"""The maximum of how long an answer may be waited for, in seconds."""

Moment = Annotated[
    EpochMs,
    BeforeValidator(lambda value: parse_moment(str(value))),
    WithJsonSchema(
        {"description": "ISO 8601, or epoch milliseconds.", "anyOf": [{"type": "string"}, {"type": "integer"}]}
    ),
]

MomentShown = Annotated[str, BeforeValidator(iso_ms)]
"""Epoch milliseconds, shown in ISO 8601."""


class Input(BaseModel):
    """A request's body; refuses unknown keys and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Output(BaseModel):
    """An answer, or a part of one, which can be made from an object with its fields as attributes."""

    model_config = ConfigDict(from_attributes=True)


def link(path: str, method: str, pointer: str) -> dict[str, Any]:
    """An OpenAPI link: the id at ``pointer`` in the answer is the parameter of ``path``."""
    name = path.partition("{")[2].rstrip("}")
    reference = path.replace("/", "~1")
    link = {"operationRef": f"#/paths/{reference}/{method}", "parameters": {name: f"$response.body#{pointer}"}}
    return {"links": {f"{method} {name}": link}}
