"""World files: JSON or YAML that lists a world's users, tokens and chats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone
from functools import cache
from pathlib import Path
from stat import S_ISREG
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import (
    BeforeValidator,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    with_config,
)

from mockcliq.contract.document import (
    LIST_OFFSET,
    BotAccount,
    Channel,
    Chat,
    Client,
    Moment,
    RefreshToken,
    Status,
    Token,
    User,
)
from mockcliq.contract.ids import DEFAULT_WORLD, UserId, file_id
from mockcliq.contract.nesting import TooManyValues, check_size
from mockcliq.contract.quoting import cause_of
from mockcliq.contract.repeated_keys import RepeatedKey, check_keys
from mockcliq.contract.text import decode
from mockcliq.contract.timestamps import iso_offset
from mockcliq.seeding.errors import BadWorld, Unreadable
from mockcliq.seeding.tokens import CLIENT, fixed_refresh_tokens, fixed_tokens, taken_over
from mockcliq.store.channels import channel_id, unique_name

_PIECE = 500
"""How many chats and messages are written at a time."""

_LARGEST_FILE = 64 * 1024 * 1024
"""The size of a world file, in bytes."""

_YAML_SUFFIXES = (".yaml", ".yml")
_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")


def _read_offset(value: Any) -> timezone:
    matched = _OFFSET.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        raise ValueError("an offset such as -07:00")
    span = timedelta(hours=int(matched[2]), minutes=int(matched[3]))
    return timezone(-span if matched[1] == "-" else span)


def _read_version(value: Any) -> Any:
    # Every number in YAML reaches us as its text, so that ids stay exact.
    return 1 if value == "1" else value


@with_config(extra="forbid")
@dataclass(slots=True)
class FileLeftOut:
    """A file whose content a document is without: for who reads it, no more."""

    chat: str
    message: str
    name: str


@with_config(extra="forbid")
@dataclass(slots=True)
class WorldFile:
    """A world file. ``mockcliq`` is the format's version, ``name`` for people alone.

    A user's ``role`` says which of the fixed tokens are that person's; where no user is the owner, the first active
    user is. Where neither ``clients`` nor ``refresh_tokens`` are given, they are those of the named worlds.
    ``retired`` are ids and names that were deleted and are not given out again.
    ``starts_at`` is where the world's clock starts and runs from, real time where it is not given.
    """

    mockcliq: Annotated[Literal[1], BeforeValidator(_read_version)]
    users: list[User]
    name: str = "file"
    starts_at: Moment | None = None
    utc_offset: Annotated[
        timezone,
        PlainValidator(_read_offset),
        PlainSerializer(iso_offset, return_type=str),
        WithJsonSchema({"type": "string", "pattern": f"^{_OFFSET.pattern}$"}),
    ] = field(default_factory=lambda: LIST_OFFSET)
    tokens: list[Token] = field(default_factory=list)
    clients: list[Client] = field(default_factory=lambda: [CLIENT])
    refresh_tokens: list[RefreshToken] = field(default_factory=list)
    chats: list[Chat] = field(default_factory=list)
    bots: list[BotAccount] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    files_left_out: list[FileLeftOut] = field(default_factory=list)
    repetition: ClassVar = None  # a document writes every chat down

    @property
    def chat_count(self) -> int:
        return len(self.chats)


def read_world_file(path: Path) -> WorldFile:
    """Read and check a world file, and add the fixed tokens of its people.

    Raises:
        FileNotFoundError: There is no such file.
        BadWorld: It cannot be read, is not JSON or YAML, or says something that cannot be.
    """
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):
            raise BadWorld(f"{path}: it is no regular file")
        if found.st_size > _LARGEST_FILE:
            raise BadWorld(f"{path}: it has {found.st_size} bytes, of at most {_LARGEST_FILE}")
        data = path.read_bytes()
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise BadWorld(f"{path}: {cause_of(error)}") from error
    return with_fixed_tokens(_read(str(path), data, path.suffix.lower()), DEFAULT_WORLD)


def read_document(document: bytes | str | dict[str, Any], go_on: Callable[[], None] = lambda: None) -> WorldFile:
    """Read and check a world document as it stands: its text in JSON or YAML, or what was read of its JSON.

    ``go_on`` is called now and then, and may raise.

    Raises:
        BadWorld: It is none, or says something that cannot be.
    """
    if isinstance(document, dict):
        return _checked("state", document)
    return _read("state", document, go_on=go_on)


def load_readers() -> None:
    """Load what the first document needs."""
    import mockcliq.seeding.yaml_documents  # noqa: F401, PLC0415 - only a YAML document needs it

    _adapter()


def to_json(world: WorldFile) -> str:
    """The world as the text of a JSON document, which `read_document` reads.

    It is written in pieces, so that other threads have their turn between them.
    """
    head = _adapter().dump_json(world, exclude={"chats"}).decode()
    pieces = (_chats_adapter().dump_json(piece).decode()[1:-1] for piece in _pieces(world.chats))
    return f'{head[:-1]},"chats":[{",".join(pieces)}]}}'


def settle(world: WorldFile, world_id: str, is_anothers: Callable[[str], bool]) -> tuple[WorldFile, dict[str, str]]:
    """Make of a document that was written anywhere the start of one world of this server.

    Args:
        world: The document; it stays as it is.
        world_id: The world.
        is_anothers: Whether another world of the server holds a token of that name.

    Returns:
        The start, and the tokens that have the world's own names in it: their new names by the old ones.
    """
    names = _token_names(world)
    anothers = [name for name in names if is_anothers(name)]
    renamed = taken_over(anothers, world_id, world.name, set(names).difference(anothers), is_anothers)

    def own(name: str) -> str:
        return renamed.get(name, name)

    tokens = [
        replace(each, token=own(each.token), refresh_token=each.refresh_token and own(each.refresh_token))
        for each in world.tokens
    ]
    refresh_tokens = [replace(each, token=own(each.token)) for each in world.refresh_tokens]
    return with_fixed_tokens(replace(world, tokens=tokens, refresh_tokens=refresh_tokens), world_id), renamed


def _read(source: str, document: bytes | str, suffix: str = "", go_on: Callable[[], None] = lambda: None) -> WorldFile:
    try:
        text = document.removeprefix("\ufeff") if isinstance(document, str) else decode(document)
        return _checked(source, _parse(text, suffix, go_on))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadWorld(
            f"{source}: line {line}: neither JSON nor YAML: no text in {error.encoding.upper()}, {error.reason}"
        ) from error
    except (RepeatedKey, TooManyValues, Unreadable) as error:
        raise BadWorld(f"{source}: {error}") from error
    except RecursionError:
        raise BadWorld(f"{source}: line 1: nested too deeply") from None


def _checked(source: str, document: Any) -> WorldFile:
    if not isinstance(document, dict):
        raise BadWorld(f"{source}: line 1: want an object with the keys mockcliq and users")
    document.pop("$schema", None)
    try:
        world = _adapter().validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        said = first["msg"].replace("Value error, ", "want ")
        raise BadWorld(f"{source}: {_key(first['loc'])}: {said[:1].lower()}{said[1:]}") from error
    _appoint_owner(world.users)
    contradiction = next(_contradictions(world), None)
    if contradiction is not None:
        raise BadWorld(f"{source}: {contradiction}")
    return world


def with_fixed_tokens(world: WorldFile, world_id: str) -> WorldFile:
    """The world with the tokens that its people have in each world of that name."""
    own = {token.token for token in world.tokens}
    fixed = [token for token in fixed_tokens(world.users, world_id) if token.token not in own]
    refresh_tokens = world.refresh_tokens
    if world.clients == [CLIENT] and not refresh_tokens:
        refresh_tokens = fixed_refresh_tokens(world.users, world_id)
    return replace(world, tokens=[*world.tokens, *fixed], refresh_tokens=refresh_tokens)


@cache
def _adapter() -> TypeAdapter[WorldFile]:
    return TypeAdapter(WorldFile)


@cache
def _chats_adapter() -> TypeAdapter[list[Chat]]:
    return TypeAdapter(list[Chat])


def _pieces(chats: Iterable[Chat]) -> Iterator[list[Chat]]:
    piece: list[Chat] = []
    for chat in chats:
        piece.append(chat)
        if sum(1 + len(each.messages) for each in piece) >= _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def _parse(text: str, suffix: str, go_on: Callable[[], None]) -> Any:
    """Parse JSON by whatever name, since a big document takes long as YAML; what is no JSON is YAML.

    The suffix, or else the first character, only says as which of the two it is faulted.
    """
    check_size(text)
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if suffix == ".json" or (suffix not in _YAML_SUFFIXES and text.lstrip()[:1] == "{"):
            place = f"line {error.lineno}, column {error.colno}"
            raise Unreadable(f"{place}: not JSON: {error.msg}") from error
        from mockcliq.seeding.yaml_documents import parse_yaml  # noqa: PLC0415 - brings PyYAML, for a YAML file alone

        return parse_yaml(text, go_on)
    go_on()
    check_keys(text)
    go_on()
    return document


def _key(location: tuple[int | str, ...]) -> str:
    """Where in the document: ``chats[3].messages[0].sender``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".") or "the file"


def _appoint_owner(users: list[User]) -> None:
    if not any(user.role == "owner" for user in users):
        first = next((user for user in users if user.active and user.role is None), None)
        if first is not None:
            first.role = "owner"


def _contradictions(world: WorldFile) -> Iterator[str]:
    """What each part of the document is right in alone, but not together with the rest."""
    for key in ("id", "email", "role"):
        values = [getattr(user, key) for user in world.users]
        yield from _repeated("users", key, [value for value in values if value is not None])
    yield from _repeated("tokens", "token", _token_names(world))
    yield from _repeated("clients", "client_id", [client.client_id for client in world.clients])
    yield from _repeated("chats", "id", [chat.id for chat in world.chats])
    files = [(chat.id, message.id, message.file) for chat in world.chats for message in chat.messages if message.file]
    yield from _repeated("chats", "file id", [file.id or file_id(chat, message) for chat, message, file in files])
    aliases = [alias for chat in world.chats for alias in chat.aliases]
    yield from _repeated("chats", "id or alias", [*(chat.id for chat in world.chats), *aliases])
    yield from _repeated("bots", "unique_name", [bot.unique_name for bot in world.bots])
    yield from _repeated("bots", "id", [bot.own_id for bot in world.bots])
    channels = [chat.channel for chat in world.chats if chat.channel is not None]
    for key in ("channel_id", "unique_name"):
        names = [getattr(channel, key) for channel in channels]
        yield from _repeated("chats", f"channel.{key}", [name for name in names if name is not None])
    yield from _contradictions_in_names(world.chats)
    people = {user.id for user in world.users}
    bots = {bot.unique_name: bot.own_id for bot in world.bots}
    yield from _contradictions_in_bots(world.bots, people)
    yield from _contradictions_in_statuses(world.statuses, people)
    yield from _repeated("retired", "key", world.retired)
    for number, user in enumerate(world.users):
        if user.active and user.role == "deactivated":
            yield f"users[{number}].active: want false for the role deactivated"
    yield from _unknown(people, ((f"tokens[{number}].user", each.user) for number, each in enumerate(world.tokens)))
    clients = {client.client_id for client in world.clients}
    for number, refresh_token in enumerate(world.refresh_tokens):
        yield from _unknown(people, [(f"refresh_tokens[{number}].user", refresh_token.user)])
        if refresh_token.client not in clients:
            yield f"refresh_tokens[{number}].client: no client has the client_id {refresh_token.client!r}"
    written = {chat.id: {message.id for message in chat.messages} for chat in world.chats}
    for number, chat in enumerate(world.chats):
        yield from (f"chats[{number}].{each}" for each in _contradictions_in_chat(chat, people, bots))
        if chat.thread is not None and chat.thread.message not in written.get(chat.thread.chat, ()):
            parent = f"{chat.thread.message!r} in chat {chat.thread.chat!r}"
            yield f"chats[{number}].thread.message: there is no message {parent}"


def _contradictions_in_names(chats: list[Chat]) -> Iterator[str]:
    """Of channels: one that says nothing is called as its chat is, or much like it, but never as another says."""
    channels = [
        (number, chat, chat.channel or Channel()) for number, chat in enumerate(chats) if chat.type == "channel"
    ]
    names = {channel.unique_name for _, _, channel in channels}
    ids = {channel.channel_id for _, _, channel in channels}
    for number, chat, channel in channels:
        if channel.unique_name is None and (name := unique_name(chat.name)) in names:
            yield f"chats[{number}].channel.unique_name: want one; {name!r} is another channel's"
        if channel.channel_id is None and (own := channel_id(chat.id, channel.level)) in ids:
            yield f"chats[{number}].channel.channel_id: want one; {own!r} is another channel's"


def _contradictions_in_bots(bots: list[BotAccount], people: set[UserId]) -> Iterator[str]:
    for number, bot in enumerate(bots):
        if bot.own_id in people:
            yield f"bots[{number}].id: a user has the id {bot.own_id!r}"
        yield from _unknown(people, [(f"bots[{number}].creator", bot.creator)] if bot.creator is not None else [])
        audience = enumerate(bot.subscribers or ())
        yield from _unknown(people, ((f"bots[{number}].subscribers[{at}]", user) for at, user in audience))


def _contradictions_in_statuses(statuses: list[Status], people: set[UserId]) -> Iterator[str]:
    yield from _unknown(people, ((f"statuses[{number}].user", each.user) for number, each in enumerate(statuses)))
    yield from _repeated("statuses", "id", [status.id for status in statuses])
    current = [each.user for each in statuses if each.current and each.expires is None]
    yield from _repeated("statuses", "current status of user", current)
    transient = [each.user for each in statuses if each.expires is not None]
    yield from _repeated("statuses", "transient status of user", transient)


def _contradictions_in_chat(chat: Chat, people: set[UserId], bots: Mapping[str, UserId]) -> Iterator[str]:
    mentioned = [("creator", chat.creator)]
    mentioned += [(f"participants[{number}].user", each.user) for number, each in enumerate(chat.participants)]
    if chat.pin is not None:
        mentioned.append(("pin.creator", chat.pin.creator))
    if chat.channel is not None:
        mentioned += [(f"channel.roles.{user}", UserId(user)) for user in chat.channel.roles]
        following = enumerate(chat.channel.config.auto_follow_threads)
        mentioned += [(f"channel.config.auto_follow_threads[{number}]", user) for number, user in following]
    yield from _unknown(people, mentioned)
    senders = people | set(bots.values())
    yield from _unknown(
        senders, ((f"messages[{number}].sender", each.sender) for number, each in enumerate(chat.messages))
    )
    named = [("bot", chat.bot)] if chat.bot is not None else []
    if chat.channel is not None:
        named += [(f"channel.bots[{number}]", bot) for number, bot in enumerate(chat.channel.bots)]
    yield from (f"{key}: no bot has the unique_name {bot!r}" for key, bot in named if bot not in bots)
    yield from _contradictions_in_messages(chat, people)
    for key, kind in (("channel", "channel"), ("thread", "thread"), ("bot", "bot")):
        if (getattr(chat, key) is not None) and chat.type != kind:
            yield f"{key}: a chat of type {chat.type} has none"
    if chat.type in ("thread", "bot") and getattr(chat, chat.type) is None:
        yield f"{chat.type}: a chat of type {chat.type} has one"
    yield from _repeated("messages", "id", [each.id for each in chat.messages])
    yield from _contradictions_in_participants(chat)
    if chat.pin is not None and chat.pin.message not in {message.id for message in chat.messages}:
        yield f"pin.message: no message of this chat has the id {chat.pin.message!r}"


def _contradictions_in_participants(chat: Chat) -> Iterator[str]:
    yield from _repeated("participants", "user", [each.user for each in chat.participants])
    if chat.type == "dm" and len(chat.participants) != 2:  # noqa: PLR2004 - what one-to-one means
        yield f"participants: a dm has 2, not {len(chat.participants)}"
    if chat.type == "bot" and len(chat.participants) > 1:
        yield f"participants: a chat with a bot has 1, not {len(chat.participants)}"
    members = {each.user for each in chat.participants}
    for user in chat.channel.roles if chat.channel is not None else ():
        if user not in members:
            yield f"channel.roles.{user}: user {user!r} is no participant of this channel"
    for number, participant in enumerate(chat.participants):
        if participant.read is not None and not 0 <= participant.read <= len(chat.messages):
            yield f"participants[{number}].read: want 0 to {len(chat.messages)}, the messages of this chat"


def _contradictions_in_messages(chat: Chat, people: set[UserId]) -> Iterator[str]:
    written = {message.id for message in chat.messages}
    for number, message in enumerate(chat.messages):
        if message.reply_to is not None and message.reply_to not in written:
            yield f"messages[{number}].reply_to: no message of this chat has the id {message.reply_to!r}"
        if message.info is not None:
            told = enumerate(message.info.users)
            yield from _unknown(people, ((f"messages[{number}].info.users[{at}]", user) for at, user in told))
        for emoji, entries in (message.reactions or {}).items():
            for at, entry in enumerate(entries):
                if not _users_in(entry) & people:
                    user = entry.split(":")[1]
                    yield f"messages[{number}].reactions.{emoji}[{at}]: no user has the id {user!r}"


def _users_in(reaction: str) -> set[UserId]:
    """The users that a reaction may be of: ids and names may have colons, too."""
    _, *parts = reaction.split(":")
    return {UserId(":".join(parts[:end])) for end in range(1, len(parts))}


def _unknown(people: set[UserId], mentioned: Iterable[tuple[str, UserId]]) -> Iterator[str]:
    return (f"{key}: no user has the id {user!r}" for key, user in mentioned if user not in people)


def _token_names(world: WorldFile) -> list[str]:
    return [token.token for token in world.tokens] + [token.token for token in world.refresh_tokens]


def _repeated(where: str, what: str, values: list[Any]) -> Iterator[str]:
    seen = set()
    for value in values:
        if value in seen:
            yield f"{where}: the {what} {value!r} stands there twice"
        seen.add(value)
