"""The settings of a server, and the only reader of the environment.

Each has a variable ``MOCKCLIQ_<NAME>``; a command-line flag takes precedence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from mockcliq.contract.ids import CLIENT_ID_PATTERN, CLIENT_SECRET_PATTERN
from mockcliq.contract.quoting import last_four
from mockcliq.contract.urls import base_url, origin
from mockcliq.version import DEFAULT_PORT

PREFIX = "MOCKCLIQ_"

_HOST_PATTERN = re.compile(r"\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*", re.ASCII)
_BEARER_TOKEN = re.compile("[A-Za-z0-9._~+/-]+=*")


def _split(value: Any) -> Any:
    return [each.strip() for each in value.split(",") if each.strip()] if isinstance(value, str) else value


def _host_pattern(value: str) -> str:
    pattern = value.lower().removesuffix(".")
    if _HOST_PATTERN.fullmatch(pattern) is None:
        raise ValueError("a host is a name without a port, such as mock.example.com, *.example.com or *")
    return pattern


HostPattern = Annotated[str, AfterValidator(_host_pattern)]


def _page_origin(value: str) -> str:
    text = value.lower().removesuffix("/")
    if text != "*" and origin(text) is None:
        raise ValueError("an origin is a scheme and a host, such as https://app.example.com or http://localhost:3000")
    return text


def _base_url(value: str) -> str:
    url = base_url(value)
    if url is None:
        raise ValueError("a public URL is http or https, a host, and perhaps a path: https://mock.example.com/cliq")
    return url


def _network(value: Any) -> Any:
    try:
        return ip_network(value, strict=False)
    except ValueError:
        raise ValueError("a proxy is given by its address or network, such as 10.0.0.5 or 10.0.0.0/8") from None


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


def _bearer_token(value: SecretStr) -> SecretStr:
    if _BEARER_TOKEN.fullmatch(value.get_secret_value()) is None:
        raise ValueError("a bearer token is made of letters, digits and ._~+/-, and = at its end")
    return value


def _label(value: str) -> str:
    label = value.strip()
    if not label or not label.isprintable():
        raise ValueError("a label is printable text in one line, such as CI of the bot team")
    return label


def _file(value: Any) -> Any:
    if value == "":
        raise ValueError("a file has a name")  # an empty path is the current folder
    return value


_SECRET = frozenset({"client_secret", "control_token"})
"""Settings whose values are masked in messages."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # some are secret
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
    database: Annotated[Path | None, BeforeValidator(_file)] = Field(
        default=None, description="File that keeps the world across restarts."
    )
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
    control: bool = Field(default=True, description="The control API, on or off; health and ready are always there.")
    control_token: Annotated[SecretStr, AfterValidator(_bearer_token)] | None = Field(
        default=None,
        description="Bearer token that the control API asks for, save for health, ready and the console's files.",
    )
    ui: bool = Field(default=True, description="The console at /_mockcliq/ui, on or off; off where the control API is.")
    label: Annotated[str, AfterValidator(_label)] | None = Field(
        default=None,
        max_length=80,
        description="What the console and the banner call this server, so that a person with several knows them apart.",
    )
    allowed_hosts: Annotated[tuple[HostPattern, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(),
        description="Domain names that the control API answers to beside local ones, such as `a.example.com,*.b.org`.",
    )
    allowed_origins: Annotated[
        tuple[Annotated[str, AfterValidator(_page_origin)], ...], NoDecode, BeforeValidator(_split)
    ] = Field(
        default=(),
        description="Origins of other pages that may call the control API, such as `http://localhost:3000`.",
    )
    public_url: Annotated[str, AfterValidator(_base_url)] | None = Field(
        default=None, description="URL by which clients know the server, behind a proxy: what every URL is made of."
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=(),
        description="Addresses and networks of proxies whose X-Forwarded-Proto, -Host and -Prefix are believed.",
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
    until_stdin_closes: bool = Field(
        default=False,
        description="Whether the server ends when its standard input does, so that it does not outlive who started it.",
    )

    @property
    def has_console(self) -> bool:
        """Whether the console is on; it needs the control API."""
        return self.ui and self.control

    @model_validator(mode="after")
    def _check_client(self) -> Settings:
        missing = [name for name in ("client_id", "client_secret") if getattr(self, name) is None]
        if len(missing) == 1:
            raise ValueError(
                f"{PREFIX}{missing[0].upper()} is missing: {PREFIX}CLIENT_ID and {PREFIX}CLIENT_SECRET go together"
            )
        return self


class BadSetting(Exception):
    """An invalid setting; the message is one line with its name and what is valid."""


def read_settings(**flags: object) -> Settings:
    """Make settings from flags, of which None is not given, else from the environment.

    Raises:
        BadSetting: A value is invalid.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    return make_settings(given, lambda name: f"--{name.replace('_', '-')}")


def make_settings(given: Mapping[str, Any], spelt: Callable[[str], str] = str) -> Settings:
    """Make settings from given values, else from the environment; messages name a given one as ``spelt``.

    Raises:
        BadSetting: A setting is unknown, or a value is invalid.
    """
    for name in given:
        if name not in Settings.model_fields:
            raise BadSetting(f"there is no setting {name!r}; the settings are {', '.join(Settings.model_fields)}")
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
    # Not chained: pydantic's error would show a secret in the traceback.
    reason = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        raise BadSetting(reason)
    name = str(first["loc"][0])
    source = spelt(name) if name in given else f"{PREFIX}{name.upper()}"
    value = last_four(str(first["input"])) if name in _SECRET else repr(first["input"])
    raise BadSetting(f"{source}: {value} will not do: {reason[:1].lower()}{reason[1:]}")
