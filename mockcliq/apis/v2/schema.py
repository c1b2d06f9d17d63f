"""What the operations answer, for the OpenAPI document; handlers write answers directly, and tests compare the two."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """Built when the document is asked for: answering needs none of them."""

    model_config = ConfigDict(defer_build=True)


def example(example: dict[str, Any]) -> ConfigDict:
    """The configuration of a schema with the reference's own example."""
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})
