"""The settings of a server: the one place for each.

Each has a variable ``MOCKCLIQ_<NAME>`` and a flag of ``serve``, which overrides it; a secret has a variable, or
``MOCKCLIQ_<NAME>_FILE`` with a file that holds it. Flags, help and documentation follow from what stands here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from mockcliq.contract.document import Present
from mockcliq.contract.ids import CLIENT_ID_PATTERN, CLIENT_SECRET_PATTERN
from mockcliq.contract.quoting import last_four
from mockcliq.contract.refusals import Profile
from mockcliq.contract.urls import base_url, origin
from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.environment import FILE_SUFFIX, PREFIX, BadSetting, secret, variable, variables
from mockcliq.version import DEFAULT_PORT, DEFAULT_PROXY_PORT, DEFAULT_TLS_PORT

__all__ = ["PREFIX", "BadSetting", "Group", "Setting", "Settings", "make_settings", "read_settings", "setting_list"]

_HOST_PATTERN = re.compile(r"\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*", re.ASCII)
_ADDRESS = re.compile(r"[0-9.]+|0x[0-9a-f]+")
"""What systems take for an IPv4 address, in its short forms too."""
_BEARER_TOKEN = re.compile("[A-Za-z0-9._~+/-]+=*")
_CLIENT_SECRET = re.compile(CLIENT_SECRET_PATTERN)


class Group(Enum):
    """The parts of `mockcliq serve --help`; each setting names its own."""

    ADDRESS = "Address"
    TLS = "TLS and proxy"
    WORLD = "World"
    EMULATION = "Emulated API"
    CONTROL = "Control API and console"
    PROCESS = "Log and process"


def _split(value: Any) -> Any:
    return [each.strip() for each in value.split(",") if each.strip()] if isinstance(value, str) else value


def _host_pattern(value: str) -> str:
    pattern = value.lower().removesuffix(".")
    if _HOST_PATTERN.fullmatch(pattern) is None:
        raise ValueError("a host is a name without a port, such as mock.example.com, *.example.com or *")
    return pattern


def _passed_host(value: str) -> str:
    pattern = _host_pattern(value)
    if pattern == "*" or _ADDRESS.fullmatch(pattern):
        raise ValueError("a host to let through is a name, such as registry.example.com or *.internal")
    if pattern in ZOHO_HOSTS:
        raise ValueError("Zoho's own hosts lead here; a program that is to reach them runs without the proxy")
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


def _client_secret(value: SecretStr) -> SecretStr:
    if _CLIENT_SECRET.fullmatch(value.get_secret_value()) is None:
        raise ValueError("a client's secret is made of ASCII letters, digits and signs")
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


class _Environment(PydanticBaseSettingsSource):
    """Our variables, and the files that hold secrets."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)
        self._variables = variables()

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of one setting as text; None if it is not given."""
        if not _is_secret(field):
            value = self._variables.get(variable(field_name))
        else:
            value = None if field_name in self.current_state else secret(field_name)
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        values = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in values.items() if value is not None}


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)  # some are secret

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **_others: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given, else our variables."""
        return init_settings, _Environment(settings_cls)

    host: Annotated[str, Group.ADDRESS] = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: Annotated[int, Group.ADDRESS] = Field(
        default=DEFAULT_PORT, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    tls: Annotated[Literal["off", "on", "on-demand"], Group.TLS] = Field(
        default="off",
        description="https on a port of its own; on-demand: certificates are made when the first client comes.",
    )
    tls_port: Annotated[int, Group.TLS] = Field(
        default=DEFAULT_TLS_PORT, ge=0, le=65535, description="Port for https; 0 takes a free one."
    )
    tls_directory: Annotated[Path | None, BeforeValidator(_file), Group.TLS] = Field(
        default=None,
        description="Folder of this machine's own CA, which is made there once; the user's data by default.",
    )
    tls_certificate: Annotated[Path | None, BeforeValidator(_file), Group.TLS] = Field(
        default=None, description="A certificate of your own, as PEM, with its chain; the CA's serves all other names."
    )
    tls_key: Annotated[Path | None, BeforeValidator(_file), Group.TLS] = Field(
        default=None, description="That certificate's private key, as PEM without a passphrase."
    )
    proxy: Annotated[bool, Group.TLS] = Field(
        default=False, description="A proxy that leads Zoho's hosts to this server, and refuses all others."
    )
    proxy_port: Annotated[int, Group.TLS] = Field(
        default=DEFAULT_PROXY_PORT, ge=0, le=65535, description="Port of the proxy; 0 takes a free one."
    )
    proxy_pass: Annotated[
        tuple[Annotated[str, AfterValidator(_passed_host)], ...], NoDecode, BeforeValidator(_split), Group.TLS
    ] = Field(default=(), description="Hosts that the proxy lets through, such as `registry.example.com,*.internal`.")
    world: Annotated[str, Group.WORLD] = Field(
        default="demo",
        min_length=1,
        description="What the server starts with: demo, documentation, empty, or a file's path.",
    )
    seed: Annotated[int, Group.WORLD] = Field(
        default=1, ge=0, le=2**63 - 1, description="What the demo world is made from; same seed, same bytes."
    )
    users: Annotated[int, Group.WORLD] = Field(default=25, ge=5, le=100_000, description="People in the demo world.")
    chats: Annotated[int, Group.WORLD] = Field(
        default=60, ge=0, le=1_000_000, description="Conversations in the demo world."
    )
    messages: Annotated[int | None, Group.WORLD] = Field(
        default=None,
        ge=0,
        le=20_000_000,
        description="Messages in the demo world; in proportion to its chats by default.",
    )
    present: Annotated[Present, Group.WORLD] = Field(
        default="fixed",
        description="Times of the demo world: fixed by its seed, or moved by whole weeks, to end within the last one.",
    )
    database: Annotated[Path | None, BeforeValidator(_file), Group.WORLD] = Field(
        default=None, description="File that keeps the world across restarts."
    )
    files_bytes: Annotated[int, Group.WORLD] = Field(
        default=256 * 1024 * 1024, ge=0, le=2**40, description="Bytes that all files of a world may have together."
    )
    state_bytes: Annotated[int, Group.CONTROL] = Field(
        default=16 * 1024 * 1024,
        ge=1024 * 1024,
        le=2**30,
        description="Bytes of the largest state document that is read or written.",
    )
    state_file_bytes: Annotated[int, Group.CONTROL] = Field(
        default=1024 * 1024,
        ge=0,
        le=32 * 1024 * 1024,
        description="Bytes of the largest file whose content a state document has.",
    )
    rate_limit: Annotated[bool, Group.EMULATION] = Field(
        default=True, description="The threshold and its lock-out, on or off."
    )
    rate_limit_headers: Annotated[Literal["off", "retry-after", "x-ratelimit"], Group.EMULATION] = Field(
        default="off", description="Headers about the limit, none of which the reference documents."
    )
    profile: Annotated[Profile, Group.EMULATION] = Field(
        default="documented",
        description="How calls are refused: documented, as the reference says, or observed, as the live service did.",
    )
    debug_headers: Annotated[bool, Group.EMULATION] = Field(
        default=True, description="X-Mockcliq-Request-Id and X-Mockcliq-Reason, on or off."
    )
    prefer: Annotated[bool, Group.EMULATION] = Field(
        default=True, description="Whether a Prefer: code=... header of a request is honoured."
    )
    create_missing: Annotated[bool, Group.EMULATION] = Field(
        default=False,
        description="Whether a post to a channel, bot or person that nobody has makes it first; the journal says so.",
    )
    snapshots_bytes: Annotated[int, Group.CONTROL] = Field(
        default=256 * 1024 * 1024, ge=0, le=2**40, description="Bytes that the snapshots of all worlds have together."
    )
    templates_bytes: Annotated[int, Group.WORLD] = Field(
        default=128 * 1024 * 1024,
        ge=0,
        le=2**40,
        description="Bytes of the starts that are kept, so that the next world with the same is made at once.",
    )
    uploads_bytes: Annotated[int, Group.PROCESS] = Field(
        default=256 * 1024 * 1024,
        ge=1024 * 1024,
        le=2**40,
        description="Bytes of requests' bodies that are read at the same time.",
    )
    journal_size: Annotated[int, Group.CONTROL] = Field(
        default=1000, ge=0, le=1_000_000, description="Exchanges kept in the journal; 0 keeps none."
    )
    journal_bytes: Annotated[int, Group.CONTROL] = Field(
        default=128 * 1024 * 1024,
        ge=0,
        le=2**40,
        description="Bytes that the journals of all worlds may take together; beyond them the oldest call is dropped.",
    )
    kept_runs: Annotated[int, Group.CONTROL] = Field(
        default=200,
        ge=0,
        le=100_000,
        description="Ended worlds whose journals stay readable; those of failed tests go last.",
    )
    max_worlds: Annotated[int, Group.WORLD] = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Made worlds that there may be; for another one, that is ended which is unused for longest.",
    )
    world_idle: Annotated[float, Group.WORLD] = Field(
        default=3600,
        ge=0,
        le=10**9,
        description="Seconds after which a made world that nobody asks for is collected; 0 keeps them all.",
    )
    control: Annotated[bool, Group.CONTROL] = Field(
        default=True, description="The control API, on or off; health and ready are always there."
    )
    control_token: Annotated[Annotated[SecretStr, AfterValidator(_bearer_token)] | None, Group.CONTROL] = Field(
        default=None,
        description="Bearer token that the control API asks for, save for health, ready and the console's files.",
    )
    ui: Annotated[bool, Group.CONTROL] = Field(
        default=True, description="The console at /_mockcliq/ui, on or off; off where the control API is."
    )
    label: Annotated[Annotated[str, AfterValidator(_label)] | None, Group.CONTROL] = Field(
        default=None,
        max_length=80,
        description="What the console and the banner call this server, so that a person with several knows them apart.",
    )
    allowed_hosts: Annotated[tuple[HostPattern, ...], NoDecode, BeforeValidator(_split), Group.CONTROL] = Field(
        default=(),
        description="Domain names that the control API answers to beside local ones, such as `a.example.com,*.b.org`.",
    )
    allowed_origins: Annotated[
        tuple[Annotated[str, AfterValidator(_page_origin)], ...], NoDecode, BeforeValidator(_split), Group.CONTROL
    ] = Field(
        default=(),
        description="Origins of other pages that may call the control API, such as `http://localhost:3000`.",
    )
    public_url: Annotated[Annotated[str, AfterValidator(_base_url)] | None, Group.ADDRESS] = Field(
        default=None, description="URL by which clients know the server, behind a proxy: what every URL is made of."
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_split), Group.ADDRESS] = Field(
        default=(),
        description="Addresses and networks of proxies whose X-Forwarded-Proto, -Host and -Prefix are believed.",
    )
    client_id: Annotated[str | None, Group.EMULATION] = Field(
        default=None,
        pattern=CLIENT_ID_PATTERN,
        max_length=200,
        description="A client that every world registers beside its own, for OAuth.",
    )
    client_secret: Annotated[Annotated[SecretStr, AfterValidator(_client_secret)] | None, Group.EMULATION] = Field(
        default=None, max_length=200, description="That client's secret."
    )
    token_limit: Annotated[bool, Group.EMULATION] = Field(
        default=False, description="The documented limits of the accounts server, such as 10 tokens in 10 minutes."
    )
    report: Annotated[Path | None, BeforeValidator(_file), Group.PROCESS] = Field(
        default=None, description="Folder of its own for a report of all calls, kept while the server runs and after."
    )
    log_format: Annotated[Literal["text", "json"], Group.PROCESS] = Field(
        default="text", description="How the server writes its own log."
    )
    access_log: Annotated[Literal["off", "text", "json"], Group.PROCESS] = Field(
        default="off", description="A line on standard output for each call of the emulated API or of OAuth."
    )
    until_stdin_closes: Annotated[bool, Group.PROCESS] = Field(
        default=False,
        description="Whether the server ends when its standard input does, so that it does not outlive who started it.",
    )

    @property
    def has_console(self) -> bool:
        """Whether the console is on; it needs the control API."""
        return self.ui and self.control

    @model_validator(mode="after")
    def _check_pairs(self) -> Settings:
        for pair in (("client_id", "client_secret"), ("tls_certificate", "tls_key")):
            missing = [name for name in pair if getattr(self, name) is None]
            if len(missing) == 1:
                both = " and ".join(map(variable, pair))
                raise ValueError(f"{variable(missing[0])} is missing: {both} go together")
        return self


class Setting(NamedTuple):
    """What a person reads of a setting.

    Attributes:
        kind: The type of its values, such as INTEGER or ``on|off``.
        choices: The values that there are, if they can be listed.
        default: In text; None for none.
        is_secret: Whether it has a variable alone, since others can read a command line.
    """

    name: str
    group: Group
    kind: str
    choices: tuple[str, ...]
    default: str | None
    description: str
    is_secret: bool

    @property
    def variable(self) -> str:
        return variable(self.name)

    @property
    def flag(self) -> str:
        """The flag of `serve`, unless the setting is secret."""
        return _flag(self.name)


def setting_list() -> list[Setting]:
    """All settings, in the order of their groups."""
    listed = [
        _described(name, field, group)
        for name, field in Settings.model_fields.items()
        for group in field.metadata
        if isinstance(group, Group)
    ]
    order = list(Group)
    return sorted(listed, key=lambda setting: order.index(setting.group))


def read_settings(**flags: object) -> Settings:
    """Make settings from flags, of which None is not given, else from the environment.

    Raises:
        BadSetting: A value is invalid.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    return make_settings(given, _flag)


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
    is_secret = _is_secret(Settings.model_fields[name])
    is_in_file = is_secret and variable(name) not in variables()
    source = spelt(name) if name in given else variable(name) + (FILE_SUFFIX if is_in_file else "")
    value = last_four(str(first["input"])) if is_secret else repr(first["input"])
    raise BadSetting(f"{source}: {value} will not do: {reason[:1].lower()}{reason[1:]}")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_secret(field: FieldInfo) -> bool:
    return _mentions(SecretStr, field.annotation)


def _mentions(wanted: object, annotation: object) -> bool:
    return annotation is wanted or any(_mentions(wanted, each) for each in get_args(annotation))


_KINDS = {bool: "on|off", int: "INTEGER", float: "NUMBER", Path: "PATH"}


def _described(name: str, field: FieldInfo, group: Group) -> Setting:
    annotations = (field.annotation, *get_args(field.annotation))
    literal = next((each for each in annotations if get_origin(each) is Literal), None)
    choices: tuple[str, ...] = get_args(literal) if literal is not None else ()
    if bool in annotations:
        choices = ("on", "off")
    kind = next((kind for type_, kind in _KINDS.items() if type_ in annotations), "TEXT")
    if any(get_origin(each) in (tuple, list, set, frozenset) for each in annotations):
        kind = "LIST"
    default = ("off", "on")[field.default] if isinstance(field.default, bool) else field.default
    return Setting(
        name=name,
        group=group,
        kind="|".join(choices) or kind,
        choices=choices,
        default=None if default in (None, ()) else str(default),
        description=field.description or "",
        is_secret=_is_secret(field),
    )
