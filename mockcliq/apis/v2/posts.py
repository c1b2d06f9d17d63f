"""Posts: messages to chats, channels and people, and from bots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from mockcliq.apis.v2.bots import BOT, BOT_NOT_MEMBER, BotQuery, receivers
from mockcliq.apis.v2.channels import CHANNEL_BY_ID, CHANNEL_BY_NAME, FoundChannel, require_member, require_open
from mockcliq.apis.v2.chats import CHAT
from mockcliq.apis.v2.schema import Input, Schema
from mockcliq.apis.v2.spellings import AppKey, Flag, MessageKeyIfAny, Names, msguid, text_of
from mockcliq.apis.v2.users import BUDDY, UNKNOWN_USER
from mockcliq.contract.document import Thread
from mockcliq.contract.ids import ChatId, MessageId, UserId
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Call
from mockcliq.gateway.steps.extras import Without
from mockcliq.gateway.steps.inputs import NotReplacedBy
from mockcliq.store.bots import Bot
from mockcliq.store.messages import UNLISTED, Message, as_more, type_of
from mockcliq.store.threads import Thread as StoredThread

SELF_MESSAGE = Rule(
    "self_message",
    400,
    have="user {user}, who is the caller",
    need="another person",
    advice="Nobody can send a message to themselves. Post to another person.",
)
CLOSED_THREAD = Rule(
    "closed_thread",
    400,
    have="thread {chat}, closed",
    need="an open thread",
    advice="The thread is closed. Reopen it with PUT /threads/{THREAD_CHAT_ID}, or post to the channel.",
)
THREAD_IN_THREAD = Rule(
    "thread_in_thread",
    400,
    have="thread_message_id={message}, a message of thread {chat}",
    need="a message of a chat that is no thread",
    advice="A thread begins at a message of a chat. Leave thread_message_id out to post to this thread.",
)
UNKNOWN_PARENT = Rule(
    "unknown_parent",
    404,
    have="{name}={message}",
    need="the id of a message in chat {chat}",
    advice="The message is not in this chat. GET /chats/{CHAT_ID}/messages lists its messages.",
)

TEXT_LIMIT = 5000
"""Documented by an older schema, v3 and a client; other clients cut at 4096."""

POSTS = per_minute(50, lock_minutes=10)
POST_SCOPE = "ZohoCliq.Webhooks.CREATE"


Text = Annotated[str, *text_of(TEXT_LIMIT)]


class Look(Input):
    """The name and the picture that a message is shown under."""

    name: str | None = None
    image: str | None = None


class MessageBody(Input):
    """What a message is made of, wherever it is posted."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": "Shift notes are ready.", "sync_message": True}})

    text: Annotated[Text, NotReplacedBy(("card", "slides"))] = Field(description="What it says.")
    reply_to: MessageKeyIfAny = Field(default=None, description="The message that it answers.")
    sync_message: Flag = Field(default=False, description="Whether the answer tells the message's id.")
    mark_as_read: Flag = Field(default=False, description="Whether the chat is read by the poster.")
    bot: Look | None = Field(default=None, description="The name and the picture that it is shown under.")
    card: Annotated[dict[str, Any], Without("buttons")] | None = Field(
        default=None, description="A card: its theme, title, thumbnail."
    )
    slides: list[Any] | None = Field(default=None, description="Slides: tables, lists, images, texts, labels.")
    buttons: list[Any] | None = Field(default=None, description="Buttons.")
    broadcast: Flag = Field(default=False, description="Whether all subscribers of a bot get it. Deprecated.")

    def content(self) -> dict[str, Any]:
        """What the message has beside its text, as the store keeps it."""
        said = {
            "reply_to": self.reply_to,
            "card": self.card,
            "slides": self.slides,
            "buttons": self.buttons,
        }
        return {name: value for name, value in said.items() if value is not None}


class PostBody(MessageBody):
    """The body of a post, which may begin a thread."""

    thread_message_id: MessageKeyIfAny = Field(default=None, description="The message that a thread is begun at.")
    thread_title: str | None = Field(default=None, max_length=200, description="The title of the new thread.")
    post_in_parent: Flag = Field(default=False, description="Whether a thread's post is shown in its channel, too.")

    def without_reply(self) -> PostBody:
        """The same for the parent chat, which has not the message that it answers."""
        return self.model_copy(update={"reply_to": None})


class BotPostBody(MessageBody):
    """The body of a bot's message."""

    userids: Names | None = Field(default=None, description="Ids or e-mail addresses; all subscribers by default.")

    @model_validator(mode="after")
    def _check_userids(self) -> BotPostBody:
        if self.userids == []:
            raise ValueError("userids that name somebody; without the key all subscribers get it")
        return self


class PostQuery(Input):
    """The query of a post."""

    model_config = ConfigDict(frozen=True)

    bot_unique_name: str = Field(default="", description="The bot that posts; it must be in the channel.")
    mark_as_read: Flag = Field(default=False, description="Whether the chat is read by the poster.")
    appkey: AppKey = ""


class MessageIdAnswer(Schema):
    """The answer to a post with ``sync_message``."""

    message_id: str


class BotMessage(Schema):
    """Where a bot's message to one person is."""

    chat_id: str
    message_id: str


class BotMessages(Schema):
    """The answer to a bot's message with ``sync_message``: the receivers, and each one's message."""

    user_ids: list[str]
    message_details: dict[str, BotMessage]


def post(call: Call, chat: ChatId, body: MessageBody, sender: Bot | None = None) -> Message:
    """Write a post into a chat that the caller may post to."""
    content = body.content()
    message = call.world.store.messages.add(
        chat,
        text=body.text,
        time=call.now,
        type=type_of(content),
        more=as_more(content),
        **signature(call, sender, body.bot or Look()),
    )
    mark_read(call, [chat], is_asked=body.mark_as_read)
    return message


def signature(call: Call, sender: Bot | None, look: Look) -> dict[str, Any]:
    """Whose message it is, the caller's or a bot's, and the look that it is shown under, as a message's row has it."""
    name = look.name or (None if sender is None else sender.name)
    return {
        "sender": call.caller.id if sender is None else sender.id,
        "sender_name": call.caller.name if sender is None else sender.name,
        "bot_name": name,
        "bot_image_url": None if name is None else look.image or ("" if sender is None else sender.image_url),
    }


def mark_read(call: Call, chats: Iterable[ChatId], *, is_asked: bool) -> None:
    """Mark the chats as read by the caller, if the body asks for it, or the query does."""
    query = call.query
    if is_asked or (isinstance(query, PostQuery) and query.mark_as_read):
        for chat in chats:
            call.world.store.members.mark_read(chat, call.caller.id)


def _check_reply(call: Call, chat: ChatId, body: MessageBody) -> None:
    if body.reply_to is not None and not call.world.store.messages.has(chat, body.reply_to):
        raise Refusal(UNKNOWN_PARENT, name="reply_to", message=body.reply_to, chat=chat)


def posted(call: Call, chat: ChatId, channel: FoundChannel | None = None) -> Answer:
    """Post the call's body to a chat, as its caller or as the bot that the query names."""
    body: PostBody = call.payload
    sender, threads = bot_of(call, channel), call.world.store.threads
    if body.thread_message_id is not None:
        chat = _thread_of(call, chat, body)
    else:
        _check_reply(call, chat, body)
    thread = open_thread(call, chat)
    if thread is None:
        message = post(call, chat, body, sender)
    else:
        with call.world.store.database.transaction():
            if sender is None:
                threads.follow(chat, [call.caller.id])
            message = post(call, chat, body, sender)
            if body.post_in_parent:
                post(call, thread.parent_id, body.without_reply(), sender)
    # A bot's post to a channel was seen to answer without an id, whatever was asked for.
    return NO_CONTENT if not body.sync_message or sender is not None else _told(message.id)


def _told(message: MessageId) -> Answer:
    return Answer(200, to_json({"message_id": message}))


def bot_of(call: Call, channel: FoundChannel | None) -> Bot | None:
    """The bot that the query names, which must be in the channel; None for none."""
    return bot_named(call, getattr(call.query, "bot_unique_name", ""), channel)


def bot_named(call: Call, name: str, channel: FoundChannel | None) -> Bot | None:
    """The bot of that name, which must be in the channel; None for no name."""
    if not name:
        return None
    bot = BOT.look_up(call, name)
    if call.created and channel is not None:  # one of the two is new
        call.world.store.channels.add_bot(channel.channel, bot.unique_name)
        return bot
    if channel is None or bot.unique_name not in channel.channel.bot_names:
        where = "a channel" if channel is None else f"channel {channel.name}"
        raise Refusal(BOT_NOT_MEMBER, bot=bot.unique_name, where=where)
    return bot


def _thread_of(call: Call, chat: ChatId, body: PostBody) -> ChatId:
    """The thread that the message began; begun now if there is none."""
    store, message = call.world.store, body.thread_message_id
    assert message is not None
    parent = store.messages.find(chat, message)
    if parent is None:
        raise Refusal(UNKNOWN_PARENT, name="thread_message_id", message=message, chat=chat)
    if store.threads.find(chat) is not None:
        raise Refusal(THREAD_IN_THREAD, message=message, chat=chat)
    begun = store.threads.of_message(chat, message)
    _check_reply(call, chat if begun is None else begun, body)
    title, caller = body.thread_title or parent.text[:200], call.caller.id
    author = [parent.sender_id] if store.members.has(chat, parent.sender_id) else []
    followers = dict.fromkeys((caller, *author, *store.channels.auto_followers(chat)))
    return begun or store.begin_chat("thread", caller, followers, call.now, name=title, thread=Thread(chat, message))


def open_thread(call: Call, chat: ChatId) -> StoredThread | None:
    """The thread that a chat is; None for another chat. Refuse a closed one."""
    thread = call.world.store.threads.find(chat)
    if thread is not None and thread.closed:
        raise Refusal(CLOSED_THREAD, chat=chat)
    return thread


def require_unarchived(call: Call, chat: ChatId) -> FoundChannel | None:
    """Refuse to change anything in an archived channel. Returns the channel; None for another chat."""
    channel = channel_of(call, chat)
    if channel is not None:
        require_open(channel)
    return channel


def channel_of(call: Call, chat: ChatId) -> FoundChannel | None:
    """The channel whose chat it is, or whose thread; None for another chat."""
    store = call.world.store
    thread = store.threads.find(chat)
    return FoundChannel.of(call, store.channels.of_chat(chat if thread is None else thread.parent_id))


_POSTING: dict[str, Any] = {
    "limit": POSTS,
    "query": PostQuery,
    "body": PostBody,
    "answer": MessageIdAnswer,
    "success": 204,
    "webhook_token": True,
}


@operation(
    "POST /chats/{CHAT_ID}/message",
    title="Post a message in a chat",
    scope=POST_SCOPE,
    needs_person=True,
    **_POSTING,
)
async def post_message_to_chat(call: Call) -> Answer:
    """Post a message in a one-to-one chat, a group chat, a channel or a thread."""
    chat = CHAT.of(call)
    if chat.type not in UNLISTED:
        return posted(call, chat.chat_id)
    return posted(call, chat.chat_id, require_unarchived(call, chat.chat_id))


@operation(
    "POST /channels/{CHANNEL_ID}/message",
    title="Post a message in a channel by id",
    scope=(POST_SCOPE, "ZohoCliq.Channels.UPDATE"),
    needs_person=True,
    **_POSTING,
)
async def post_message_to_channel(call: Call) -> Answer:
    """Post a message in a channel that the caller is in."""
    return _posted_to_channel(call, CHANNEL_BY_ID.of(call))


@operation(
    "POST /channelsbyname/{CHANNEL_UNIQUE_NAME}/message",
    title="Post a message in a channel by unique name",
    scope=(POST_SCOPE, "ZohoCliq.Channels.UPDATE"),
    needs_person=True,
    **_POSTING,
)
async def post_message_to_channel_by_name(call: Call) -> Answer:
    """Post a message in a channel that the caller is in, by its unique name."""
    return _posted_to_channel(call, CHANNEL_BY_NAME.of(call))


def _posted_to_channel(call: Call, channel: FoundChannel) -> Answer:
    require_member(call, channel)
    require_open(channel)
    return posted(call, channel.chat_id, channel)


@operation(
    "POST /buddies/{USER_ID}/message",
    title="Send a direct message",
    scope=POST_SCOPE,
    **_POSTING,
    codes={UNKNOWN_USER.name: "operation_failed"},
)
async def post_message_to_user(call: Call) -> Answer:
    """Send a message to a person, by e-mail address or id; it begins the chat of the two if there is none."""
    return posted(call, chat_with(call, BUDDY.of(call).id))


def chat_with(call: Call, user: UserId) -> ChatId:
    """The caller's one-to-one chat with somebody; begun now if there is none.

    Raises:
        Refusal: It is the caller.
    """
    if user == call.caller.id:
        raise Refusal(SELF_MESSAGE, user=user)
    store, caller = call.world.store, call.caller.id
    return store.chats.direct(caller, user) or store.begin_chat("dm", caller, (caller, user), call.now)


@operation(
    "POST /bots/{BOT_UNIQUE_NAME}/message",
    title="Send a message as a bot to its subscribers",
    scope=(POST_SCOPE, "ZohoCliq.BotMessages.CREATE"),
    limit=POSTS,
    query=BotQuery,
    body=BotPostBody,
    answer=BotMessages,
    success=204,
    webhook_token=True,
)
async def post_bot_message(call: Call) -> Answer:
    """Send a message as a bot, to the people named or to all of its subscribers."""
    body: BotPostBody = call.payload
    bot = BOT.of(call)
    with call.world.store.database.transaction():  # all get it, or nobody
        details = {user: _sent_by_bot(call, bot, user, body) for user in receivers(call, bot, body.userids or [])}
    if not body.sync_message:
        return NO_CONTENT
    return Answer(200, to_json({"user_ids": list(details), "message_details": details}))


def _sent_by_bot(call: Call, bot: Bot, user: UserId, body: MessageBody) -> dict[str, str]:
    chat = chat_of_bot(call, bot, user)
    _check_reply(call, chat, body)
    return {"chat_id": chat, "message_id": msguid(post(call, chat, body, bot).id)}


def chat_of_bot(call: Call, bot: Bot, user: UserId) -> ChatId:
    """A person's chat with a bot; begun now if there is none."""
    store = call.world.store
    return store.bots.chat_with(bot.unique_name, user) or store.begin_chat(
        "bot", user, [user], call.now, name=bot.name, bot=bot.unique_name
    )
