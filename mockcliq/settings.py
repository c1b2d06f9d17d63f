"""The settings of a server: the only place that reads the environment.

Each has a variable ``MOCKCLIQ_<NAME>``; a value given to the constructor (a flag of the command line) goes before it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from mockcliq.spec import CLIENT_ID_PATTERN, CLIENT_SECRET_PATTERN, last_four
from mockcliq.version import DEFAULT_PORT

PREFIX = "MOCKCLIQ_"

_SECRET = frozenset({"client_secret"})
"""Settings whose values no message shows."""


class Settings(BaseSettings):
    """How a server is set up."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # one of them is a secret
    )

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
    world_idle: float = Field(
        default=3600,
        ge=0,
        le=10**9,
        description="Seconds after which a made world that nobody asks for is collected; 0 keeps them all.",
    )
    client_id: str | None = Field(
        default=None,
        pattern=CLIENT_ID_PATTERN,
        max_length=200,
        description="A client that every world registers beside its own, for OAuth.",
    )
    client_secret: str | None = Field(
        default=None, pattern=CLIENT_SECRET_PATTERN, max_length=200, repr=False, description="That client's secret."
    )
    token_limit: bool = Field(
        default=False, description="The documented limits of the accounts server, such as 10 tokens in 10 minutes."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="How the server writes its own log.")

    @model_validator(mode="after")
    def _is_a_whole_client(self) -> Settings:
        missing = [name for name in ("client_id", "client_secret") if getattr(self, name) is None]
        if len(missing) == 1:
            raise ValueError(
                f"{PREFIX}{missing[0].upper()} is missing: {PREFIX}CLIENT_ID and {PREFIX}CLIENT_SECRET go together"
            )
        return self


class BadSetting(Exception):
    """A setting's value that cannot be used; the message is one line that names it and says what would do."""


def read_settings(**flags: object) -> Settings:
    """Settings from the environment, and from flags where they are given.

    Args:
        **flags: By setting; None where the flag was not given.

    Raises:
        BadSetting: A value cannot be used.
    """
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise BadSetting(first["msg"].removeprefix("Value error, ")) from error
        name = str(first["loc"][0])
        source = f"--{name.replace('_', '-')}" if name in given else f"{PREFIX}{name.upper()}"
        value = last_four(str(first["input"])) if name in _SECRET else repr(first["input"])
        raise BadSetting(f"{source}: {value} will not do: {first['msg'][:1].lower()}{first['msg'][1:]}") from error
