"""The settings of a server: the only place that reads the environment.

Each has a variable ``MOCKCLIQ_<NAME>``; a value given to the constructor (a flag of the command line) goes before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from mockcliq.version import DEFAULT_PORT

PREFIX = "MOCKCLIQ_"


class Settings(BaseSettings):
    """How a server is set up."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    world: str = Field(
        default="demo",
        min_length=1,
        description="What the server starts with: demo, documentation, empty, or a file's path.",
    )
    seed: int = Field(
        default=1, ge=0, le=2**63 - 1, description="What the demo world is made from; same seed, same bytes."
    )
    users: int = Field(default=25, ge=5, le=100_000, description="People in the demo world.")
    chats: int = Field(default=60, ge=0, le=1_000_000, description="Conversations in the demo world.")
    messages: int | None = Field(
        default=None,
        ge=0,
        le=20_000_000,
        description="Messages in the demo world; in proportion to its chats by default.",
    )
    database: Path | None = Field(default=None, description="File that keeps the world across restarts.")
    rate_limit: bool = Field(default=True, description="The threshold and its lock-out, on or off.")
    rate_limit_headers: Literal["off", "retry-after", "x-ratelimit"] = Field(
        default="off", description="Headers about the limit, none of which the reference documents."
    )
    debug_headers: bool = Field(default=True, description="X-Mockcliq-Request-Id and X-Mockcliq-Reason, on or off.")
    prefer: bool = Field(default=True, description="Whether a Prefer: code=... header of a request is honoured.")
    journal_size: int = Field(
        default=1000, ge=0, le=1_000_000, description="Exchanges kept in the journal; 0 keeps none."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="How the server writes its own log.")
    until_stdin_closes: bool = Field(
        default=False,
        description="Whether the server ends when its standard input does, so that it does not outlive who started it.",
    )


class BadSetting(Exception):
    """A setting's value that cannot be used; the message is one line that names it and says what would do."""


def read_settings(**flags: object) -> Settings:
    """Settings from the environment, and from flags where they are given.

    Args:
        **flags: By setting; None where the flag was not given.

    Raises:
        BadSetting: A value cannot be used.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    return make_settings(given, lambda name: f"--{name.replace('_', '-')}")


def make_settings(given: Mapping[str, Any], spelt: Callable[[str], str] = str) -> Settings:
    """Settings as they are given, and from the environment where they are not.

    Args:
        given: By setting.
        spelt: How whoever gives them writes a setting's name.

    Raises:
        BadSetting: There is no such setting, or a value cannot be used.
    """
    for name in given:
        if name not in Settings.model_fields:
            raise BadSetting(f"there is no setting {name!r}; the settings are {', '.join(Settings.model_fields)}")
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        source = spelt(name) if name in given else f"{PREFIX}{name.upper()}"
        raise BadSetting(
            f"{source}: {first['input']!r} will not do: {first['msg'][:1].lower()}{first['msg'][1:]}"
        ) from error
