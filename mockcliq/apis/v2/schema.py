"""Bases of the models: of what calls bring, and of answers in the OpenAPI document.

Handlers build answers directly, and tests compare the two.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Input(BaseModel):
    """A query, a body or a part of one; its model is built at the first call that brings it, since few are used."""

    model_config = ConfigDict(defer_build=True)

    @classmethod
    def build_all(cls) -> None:
        """Build it now, and all that derive from it."""
        cls.model_rebuild()
        for each in cls.__subclasses__():
            each.build_all()


class Schema(BaseModel):
    """A model that is built when the OpenAPI document is requested: answering needs none."""

    model_config = ConfigDict(defer_build=True)


def example(example: dict[str, Any]) -> ConfigDict:
    """The configuration of a schema with the reference's own example."""
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})
