"""Files: shared in chats and channels, with people and by bots, and downloaded; and the resource FILE_ID."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import quote

import orjson
from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from mockcliq.apis.v2.bots import BOT, receivers
from mockcliq.apis.v2.channels import CHANNEL_BY_ID, CHANNEL_BY_NAME, FoundChannel, require_member, require_open
from mockcliq.apis.v2.chats import CHAT
from mockcliq.apis.v2.posts import (
    POST_SCOPE,
    TEXT_LIMIT,
    Look,
    PostQuery,
    bot_named,
    chat_of_bot,
    chat_with,
    mark_read,
    open_thread,
    require_unarchived,
    signature,
)
from mockcliq.apis.v2.schema import Input
from mockcliq.apis.v2.spellings import Flag, Names
from mockcliq.apis.v2.thresholds import ASSUMED
from mockcliq.apis.v2.users import BUDDY
from mockcliq.contract.ids import FILE_ID_PATTERN, ChatId, UserId, file_id
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.gateway.answers import NO_CONTENT, Answer
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.multipart import Upload, is_media_type, read_form
from mockcliq.gateway.resources import Resource
from mockcliq.gateway.rules import INVALID_INPUT
from mockcliq.gateway.steps.inputs import validate
from mockcliq.gateway.steps.resources import find_resources
from mockcliq.store.bots import Bot
from mockcliq.store.files import File
from mockcliq.store.messages import as_more

UNKNOWN_FILE = Rule(
    "unknown_file",
    404,
    have="{key}",
    need="the id of a file",
    advice="No message has this file. A message of type file has its id, as content.file.id.",
)
NOT_A_RECEIVER = Rule(
    "not_a_receiver",
    403,
    have="user {user}",
    need="a participant of the chat that file {id} is in",
    advice="The caller is not, or no longer, in the file's chat. Use the token given here, or another file.",
    hints=("token",),
)
FILE_LEFT_OUT = Rule(
    "file_left_out",
    404,
    have="{name}, without its content",
    need="a file whose content is there",
    advice=(
        "The state document that this world came from left the content out. Share the file again, or export with a"
        " larger MOCKCLIQ_STATE_FILE_BYTES."
    ),
)
FILES_FULL = Rule(
    "files_full",
    400,
    have="{size} bytes of files with these",
    need="at most {limit} in a world",
    advice="The world has no room for the files. Delete messages with files, reset it, or raise MOCKCLIQ_FILES_BYTES.",
)

_STORED_QUICKLY = 1024 * 1024
"""The bytes of files that are stored between two calls; more are stored on a thread."""

_PARTS = ("file", "files")
"""Samples and clients say file, the reference's table says files."""


def _read_captions(value: Any) -> list[str]:
    try:
        captions = orjson.loads(value)
    except orjson.JSONDecodeError:
        captions = None
    if not isinstance(captions, list) and not value.lstrip().startswith('["'):
        return [value] if value.strip() else []
    if not isinstance(captions, list) or not all(isinstance(each, str) for each in captions):
        raise ValueError('a JSON list of texts, such as ["first caption", "second"]')
    return captions


def _add_files(schema: dict[str, Any]) -> None:
    """Tell the documents of the parts that the gateway takes out of a form."""
    files = {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}
    schema["properties"] = {**dict.fromkeys(_PARTS, files), **schema["properties"]}


class ShareForm(Input):
    """The form of shared files: up to ten parts with files of up to 50 MB, and what is said of them."""

    model_config = ConfigDict(json_schema_extra=_add_files)

    comments: Annotated[list[str], BeforeValidator(_read_captions), WithJsonSchema({"type": "string"})] = Field(
        default_factory=list, description="A caption for each file: a JSON list of texts. Other text is the first's."
    )
    comment: str = Field(default="", description="The caption of the first file.")
    text: str = Field(default="", description="The caption of the first file, where there is no comment.")
    mark_as_read: Flag = Field(default=False, description="Whether the chat is read by who shares.")
    bot_unique_name: str = Field(default="", description="The bot that shares; it must be in the channel.")
    bot_name: str = Field(default="", description="The name that the files are shown under.")
    bot_image: str = Field(default="", description="The picture that they are shown under.")

    def captions(self, count: int) -> list[str]:
        """One for each of so many files; empty where there is none.

        Raises:
            Refusal: There are more, or one is too long.
        """
        said = self.comments or [self.comment or self.text]
        if len(said) > count:
            raise _refused(f"{len(said)} captions", f"at most one for each of {count} files")
        if any(len(each) > TEXT_LIMIT for each in said):
            raise _refused("a longer caption", f"at most {TEXT_LIMIT} characters each")
        return said + [""] * (count - len(said))


def _refused(value: str, need: str) -> Refusal:
    return Refusal(INVALID_INPUT, name="comments", value=value, need=need)


class BotShareForm(ShareForm):
    """The form of files that a bot shares."""

    user_id: Names = Field(default_factory=list, description="A subscriber by id or e-mail address; all by default.")


class Place(NamedTuple):
    """Where files go, and who sends them: the caller, or a bot."""

    chat: ChatId
    bot: Bot | None = None


_SHARING: dict[str, Any] = {
    "scope": POST_SCOPE,
    "limit": ASSUMED,
    "query": PostQuery,
    "body": ShareForm,
    "takes_files": True,
    "source": "observed",
    "webhook_token": True,
}


@operation("POST /chats/{CHAT_ID}/files", title="Share files in a chat", **_SHARING)
async def share_files_to_chat(call: Call) -> Answer:
    """Share up to ten files in a one-to-one chat, a group chat, a channel or a thread."""

    def place(form: ShareForm) -> list[Place]:
        chat = CHAT.of(call).chat_id
        open_thread(call, chat)
        return [Place(chat, bot_named(call, _bot_name(call, form), require_unarchived(call, chat)))]

    return await _shared(call, ShareForm, place)


@operation("POST /channels/{CHANNEL_ID}/files", title="Share files in a channel", **_SHARING)
async def share_files_to_channel(call: Call) -> Answer:
    """Share up to ten files in a channel that the caller is in."""
    return await _shared(call, ShareForm, lambda form: _in_channel(call, CHANNEL_BY_ID.of(call), form))


@operation(
    "POST /channelsbyname/{CHANNEL_UNIQUE_NAME}/files", title="Share files in a channel by unique name", **_SHARING
)
async def share_files_to_channel_by_name(call: Call) -> Answer:
    """Share up to ten files in a channel that the caller is in, by its unique name."""
    return await _shared(call, ShareForm, lambda form: _in_channel(call, CHANNEL_BY_NAME.of(call), form))


@operation("POST /buddies/{USER_ID}/files", title="Share files with a user", **_SHARING)
async def share_files_to_user(call: Call) -> Answer:
    """Share up to ten files with a person; it begins the chat of the two if there is none."""
    return await _shared(call, ShareForm, lambda _: [Place(chat_with(call, BUDDY.of(call).id))])


@operation(
    "POST /bots/{BOT_UNIQUE_NAME}/files",
    title="Share files with bot subscribers",
    **{**_SHARING, "query": None, "body": BotShareForm},
)
async def share_files_as_bot(call: Call) -> Answer:
    """Share up to ten files as a bot, with the person named or with all of its subscribers."""

    def places(form: BotShareForm) -> list[Place]:
        bot = BOT.of(call)
        return [Place(chat_of_bot(call, bot, user), bot) for user in receivers(call, bot, form.user_id)]

    return await _shared(call, BotShareForm, places, of_many=True)


Share = TypeVar("Share", bound=ShareForm)


async def _shared(
    call: Call, model: type[Share], places: Callable[[Share], list[Place]], *, of_many: bool = False
) -> Answer:
    """Read the call's form, and write a message for each of its files into each of the places, which may be many."""
    async with read_form(call, _PARTS) as given:
        form = validate(model, given.fields)
        captioned = list(zip(given.files, form.captions(len(given.files)), strict=True))

        def share() -> None:
            # Once more: while the files came, the world went on.
            find_resources(call)
            with call.world.store.database.transaction():
                there = places(form)
                _require_room(call, len(there) * sum(file.size for file in given.files))
                for file, caption in captioned:
                    _write(call, there, form, file, caption)
                mark_read(call, (place.chat for place in there), is_asked=form.mark_as_read)

        if of_many or sum(file.size for file in given.files) > _STORED_QUICKLY:
            await call.world.on_thread(share)
        else:
            share()
    return NO_CONTENT


def _require_room(call: Call, more: int) -> None:
    size, limit = call.world.store.files.size() + more, call.server.settings.files_bytes
    if size > limit:
        raise Refusal(FILES_FULL, size=size, limit=limit)


def _write(call: Call, places: Iterable[Place], form: ShareForm, file: Upload, caption: str) -> None:
    """Write a message that has the file into each place, and its content."""
    store, content = call.world.store, file.read()
    look = Look(name=form.bot_name, image=form.bot_image)
    for chat, bot in places:
        message = store.messages.add(chat, text="", time=call.now, type="file", **signature(call, bot, look))
        own = file_id(chat, message.id)
        shown = {"id": own, "name": file.name, "type": file.type, "size": file.size}
        more = as_more({"file": {**shown, "comment": caption} if caption else shown})
        store.messages.change(message, text="", more=more, now=call.now)
        store.files.add(File(chat, message.id, own, content))


def _bot_name(call: Call, form: ShareForm) -> str:
    query: PostQuery = call.query
    return query.bot_unique_name or form.bot_unique_name


def _in_channel(call: Call, channel: FoundChannel, form: ShareForm) -> list[Place]:
    require_member(call, channel)
    require_open(channel)
    return [Place(channel.chat_id, bot_named(call, _bot_name(call, form), channel))]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as a call finds it."""

    id: str
    name: str
    type: str
    is_received: bool


def _find(call: Authenticated, key: str) -> FoundFile | None:
    store = call.world.store
    where = store.files.message_of(key)
    message = None if where is None else store.messages.find(*where)
    if message is None:
        return None
    file = message.content["file"]
    return FoundFile(key, file["name"], file["type"], _is_received(call, message.chat_id, call.caller.id))


def _is_received(call: Authenticated, chat: ChatId, user: UserId) -> bool:
    """Whether the user is in the chat, or in the channel that it is a thread of."""
    store = call.world.store
    thread = store.threads.find(chat)
    chats = (chat,) if thread is None else (chat, thread.parent_id)
    found = (store.chats.membership(each, user) for each in chats)
    return any(each is not None and each.is_participant for each in found)


FILE = Resource(
    parameter="FILE_ID",
    kind="file",
    pattern=FILE_ID_PATTERN,
    find=_find,
    unknown=UNKNOWN_FILE,
    visible=lambda _call, file: file.is_received,
    forbidden=NOT_A_RECEIVER,
    description="The ID of the file, from the message that has it.",
    example="a_0100",
)


@operation(
    "GET /files/{FILE_ID}",
    title="Download a file",
    scope="ZohoCliq.Attachments.READ",
    limit=per_minute(20, lock_minutes=10),
    answers_file=True,
)
async def download_file(call: Call) -> Answer:
    """Download a file from a message."""
    return _content(call)


@operation(
    "GET /attachments/{FILE_ID}",
    title="Download an attachment",
    scope="ZohoCliq.Attachments.READ",
    limit=ASSUMED,
    answers_file=True,
    source="observed",
)
async def download_attachment(call: Call) -> Answer:
    """Download a file from a message, by the address that handlers of messages are given."""
    return _content(call)


def _content(call: Call) -> Answer:
    file = FILE.of(call)
    content = call.world.store.files.content(file.id)
    if content is None:
        raise Refusal(FILE_LEFT_OUT, name=file.name)
    media_type = file.type if is_media_type(file.type) else "application/octet-stream"
    headers = (
        (b"content-type", media_type.encode()),
        (b"content-disposition", _disposition(file.name)),
        (b"x-content-type-options", b"nosniff"),  # the type is the sender's to say
    )
    return Answer(200, content, headers)


_IN_QUOTES = re.compile(r"[^ !#$&-\[\]-~]")
"""Characters that not every client reads alike between quotation marks."""


def _disposition(name: str) -> bytes:
    """The header of RFC 6266, with the name in ASCII for those who read no other."""
    plain = _IN_QUOTES.sub("_", name)
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{extended}'.encode()
