"""Base of the answers' models in the OpenAPI document; handlers build answers directly, and tests compare the two."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """A model that is built when the OpenAPI document is requested: answering needs none."""

    model_config = ConfigDict(defer_build=True)


def example(example: dict[str, Any]) -> ConfigDict:
    """The configuration of a schema with the reference's own example."""
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})
