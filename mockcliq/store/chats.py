"""The chats, and each person's list of them.

Prepared SQL on the world's connection: these are the emulated API's reads and writes, and an object mapper would cost
more than all the rest of a request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import ORGANISATION, ChatId, EpochMs, MessageId, UserId
from mockcliq.store.cache import Cache
from mockcliq.store.database import Database, Repository, json_list
from mockcliq.store.members import PARTICIPATIONS, Participation
from mockcliq.store.messages import MESSAGES, Message, last_of
from mockcliq.store.pins import PinnedMessage, Pins
from mockcliq.store.table import ChatTable, written


class Chat(NamedTuple):
    """A conversation; every write keeps the counts and ``last_message``, which follow from other tables."""

    id: ChatId
    type: str
    name: str
    creator_id: UserId
    created: EpochMs
    modified: EpochMs
    participant_count: int
    message_count: int
    last_message: MessageId | None

    @classmethod
    def load(cls, chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[Chat]:
        last, modified = last_of(chat), chat.created if chat.modified is None else chat.modified
        last_id = None if last is None else last.id
        counts = len(chat.participants), len(chat.messages)
        yield cls(chat.id, chat.type, chat.name, chat.creator, chat.created, modified, *counts, last_id)

    def dump(self) -> dict[str, Any]:
        chat, kind, name, creator, created, modified, *_ = self
        changed = None if modified == created else modified
        return written(id=chat, type=kind, name=name, creator=creator, created=created, modified=changed)


class Alias(NamedTuple):
    """Another id that requests may use for a chat."""

    chat_id: ChatId
    alias: str

    @classmethod
    def load(cls, chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[Alias]:
        return (cls(chat.id, alias) for alias in chat.aliases)

    def dump(self) -> str:
        return self.alias


@dataclass(slots=True)
class ListedChat:
    """A chat as a user's list has it.

    Attributes:
        recipients: Id and name of each other participant, in the order they joined; of a bot's chat the bot's.
        written: The row as an answer had it, for the next one; None until then.
        around: The same before and behind the last message, which is all that a post changes.
    """

    chat: Chat
    pinned: bool
    last_message: Message | None
    recipients: list[tuple[str, str]]
    written: bytes | None = None
    around: tuple[bytes, bytes] | None = None


class ChatInFull(NamedTuple):
    """A chat with all that every reader sees of it."""

    chat: Chat
    last_message: Message | None
    pin: PinnedMessage | None
    participants: list[tuple[Participation, str]]
    """Each with the person's name, in the order they joined."""
    aliases: list[str]


@dataclass(frozen=True, slots=True)
class Membership:
    """A chat as a request finds it, and whether the asking user is a participant: of a thread, one of its chat."""

    chat_id: ChatId
    type: str
    is_participant: bool


class NearChat(NamedTuple):
    """A chat with an id that is like an unknown one."""

    spelling: str
    """Its id, or an alias."""
    id: str
    is_participant: bool
    """Whether the asking user is in it."""
    name: str


CHATS = ChatTable("chat", Chat, key=("id",), field="chats", is_list=False)
ALIASES = ChatTable("chat_alias", Alias, key=("alias",), field="aliases", is_copied=False)


def _order(listed: ListedChat) -> EpochMs:
    """Where it stands in a list."""
    return listed.chat.created if listed.last_message is None else listed.last_message.time


_LIST = """
    SELECT chat.*, own.pinned, message.*
    FROM participation AS own {index}
    JOIN chat ON chat.id = own.chat_id
    LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
    WHERE own.user_id = :user AND own.list_order IS NOT NULL {filters}
    ORDER BY own.list_order DESC, own.chat_id
    LIMIT :limit
"""
_FILTERS = {
    "before": "AND own.list_order < :before AND chat.last_message IS NOT NULL",
    "after": "AND own.list_order >= :after AND chat.last_message IS NOT NULL",
    "drafts": "AND own.draft IS NOT NULL",
}
_RECIPIENTS = """
    SELECT participation.chat_id, user.id, user.name
    FROM participation JOIN user ON user.id = participation.user_id
    WHERE participation.chat_id IN (SELECT value FROM json_each(:chats)) AND participation.user_id <> :user
    ORDER BY participation.joined
"""
_BOTS = """
    SELECT bot_chat.chat_id, bot.id, bot.name
    FROM bot_chat JOIN bot ON bot.unique_name = bot_chat.bot
    WHERE bot_chat.chat_id IN (SELECT value FROM json_each(?))
"""
_MEMBERSHIP = """
    SELECT chat.id, chat.type, participation.user_id IS NOT NULL
    FROM chat LEFT JOIN thread ON thread.chat_id = chat.id
    LEFT JOIN participation
    ON participation.chat_id = coalesce(thread.parent_id, chat.id) AND participation.user_id = :user
    WHERE chat.id = coalesce((SELECT chat_id FROM chat_alias WHERE alias = :chat), :chat)
"""
NAME_FOR_USER = """
    coalesce((SELECT user.name FROM participation AS other JOIN user ON user.id = other.user_id
              WHERE chat.type = 'dm' AND other.chat_id = chat.id AND other.user_id <> :user), chat.name)
"""
"""What a user calls a chat: a one-to-one chat has the other's name."""

_NEAR = f"""
    WITH candidate (spelling, id) AS (
        SELECT * FROM (SELECT chat_id, chat_id FROM participation WHERE user_id = :user AND list_order IS NOT NULL
                       ORDER BY list_order DESC LIMIT :limit)
        UNION
        SELECT * FROM (SELECT id, id FROM chat WHERE id >= :first AND id < :last LIMIT :limit)
        UNION
        SELECT * FROM (SELECT alias, chat_id FROM chat_alias WHERE alias >= :first AND alias < :last LIMIT :limit)
    )
    SELECT candidate.spelling, chat.id, own.user_id IS NOT NULL, {NAME_FOR_USER}
    FROM candidate JOIN chat ON chat.id = candidate.id
    LEFT JOIN participation AS own ON own.chat_id = chat.id AND own.user_id = :user
"""
_DIRECT = """
    SELECT chat.id FROM participation AS own
    JOIN participation AS other ON other.chat_id = own.chat_id AND other.user_id = :other
    JOIN chat ON chat.id = own.chat_id AND chat.type = 'dm'
    WHERE own.user_id = :user AND own.list_order IS NOT NULL LIMIT 1
"""
_ID_FORMS = {
    "channel": f"CT_{{0:019d}}_{ORGANISATION}",
    "bot": f"CT_{{0:019d}}_{ORGANISATION}-B1",
    "thread": f"CT_{{0:019d}}_{ORGANISATION}-T-{{0:019d}}",
}
"""What the ids of chats look like that are no bare numbers."""
_FIRST = 9 * 10**18
"""What the numbers in them come after."""
_MEMBERSHIPS_REMEMBERED = 4096
_TOPS_REMEMBERED = 256
"""How many tops of lists are kept, one for each person and length."""
_NEAR_LIMIT = 500
_NEAR_PREFIX = 4
_IN_FULL = """
    WITH wanted (id, newest) AS (
        SELECT chat.id, coalesce(message.time, chat.created) AS newest
        FROM chat LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
        WHERE {which} ORDER BY newest DESC, chat.id LIMIT :limit
    )
    SELECT chat.*, message.*
    FROM wanted JOIN chat ON chat.id = wanted.id
    LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
    ORDER BY wanted.newest DESC, chat.id
"""
_OF_USER = "chat.id IN (SELECT chat_id FROM participation WHERE user_id = :user)"
_PARTICIPANTS = """
    SELECT participation.*, user.name
    FROM participation JOIN user ON user.id = participation.user_id
    WHERE chat_id IN (SELECT value FROM json_each(?)) ORDER BY joined
"""


class Chats(Repository):
    def __init__(self, database: Database, pins: Pins) -> None:
        super().__init__(database)
        self._pins = pins
        self._memberships: Cache[Membership | None] = Cache(database, _MEMBERSHIPS_REMEMBERED, of="members")
        self._tops: Cache[list[ListedChat]] = Cache(database, _TOPS_REMEMBERED, of="recent")

    def listed(
        self, user: UserId, limit: int, before: EpochMs | None, after: EpochMs | None, *, only_drafts: bool
    ) -> list[ListedChat]:
        """The user's one-to-one and group chats and those with bots, newest last message first.

        With ``before`` that message is earlier, with ``after`` it is not. ``only_drafts`` leaves those with a draft.
        """
        if before is None and after is None and not only_drafts:
            return self._tops.get_or_make((user, limit), lambda: self._listed(user, limit))
        return self._listed(user, limit, before, after, only_drafts=only_drafts)

    def note(self, message: Message) -> None:
        """Move the chat of a new message to the top of the lists that are cached."""
        for key, top in self._tops.items():
            at = next((at for at, listed in enumerate(top) if listed.chat.id == message.chat_id), None)
            if at is None or _order(top[0]) > message.time or (at > 0 and _order(top[0]) == message.time):
                # Whose list it is may be in the chat all the same, or the clock was put back: it is read anew.
                self._tops.forget(key)
            else:
                moved = top.pop(at)
                top.insert(0, ListedChat(moved.chat, moved.pinned, message, moved.recipients, around=moved.around))

    def _listed(
        self,
        user: UserId,
        limit: int,
        before: EpochMs | None = None,
        after: EpochMs | None = None,
        *,
        only_drafts: bool = False,
    ) -> list[ListedChat]:
        wanted = (("before", before is not None), ("after", after is not None), ("drafts", only_drafts))
        filters = " ".join(_FILTERS[name] for name, is_wanted in wanted if is_wanted)
        # Told, since SQLite cannot know that drafts are few, and might walk along all of the list.
        query = _LIST.format(filters=filters, index="INDEXED BY participation_drafts" if only_drafts else "")
        rows = self._connection.execute(query, {"user": user, "limit": limit, "before": before, "after": after})
        listed: dict[ChatId, ListedChat] = {}
        for row in map(iter, rows):
            chat = CHATS.take(row)
            listed[chat.id] = ListedChat(chat, bool(next(row)), MESSAGES.take_if_there(row), [])
        found = self._connection.execute(_RECIPIENTS, {"chats": json_list(list(listed)), "user": user})
        for chat_id, user_id, name in found:
            listed[chat_id].recipients.append((user_id, name))
        with_bots = [chat_id for chat_id, each in listed.items() if each.chat.type == "bot"]
        if with_bots:
            for chat_id, bot_id, name in self._connection.execute(_BOTS, (json_list(with_bots),)):
                listed[chat_id].recipients.append((bot_id, name))
        return list(listed.values())

    def find(self, chat_id: str) -> ChatId | None:
        """The own id of the chat with that id or alias; None where there is no such chat."""
        found = self._connection.execute(
            "SELECT id FROM chat WHERE id = :id UNION ALL SELECT chat_id FROM chat_alias WHERE alias = :id",
            {"id": chat_id},
        ).fetchone()
        return None if found is None else found[0]

    def near(self, chat_id: str, user: UserId | None) -> list[NearChat]:
        """Chats that may be meant by the id of no chat: the latest of the user's list, and ids that begin alike."""
        first = chat_id[:_NEAR_PREFIX]
        values = {"user": user, "first": first, "last": f"{first}\U0010ffff", "limit": _NEAR_LIMIT}
        return [NearChat(row[0], row[1], bool(row[2]), row[3]) for row in self._connection.execute(_NEAR, values)]

    def membership(self, chat_id: str, user: UserId) -> Membership | None:
        """The chat with that id or alias and whether the user is in it; None where there is no such chat."""

        def found() -> Membership | None:
            row = self._connection.execute(_MEMBERSHIP, {"user": user, "chat": chat_id}).fetchone()
            return None if row is None else Membership(row[0], row[1], bool(row[2]))

        return self._memberships.get_or_make((chat_id, user), found)

    def in_full(self, now: EpochMs, limit: int, user: UserId | None = None) -> list[ChatInFull]:
        """The chats, or those of one user, channels too, newest last message first; ``now`` ends pins."""
        return self._in_full("TRUE" if user is None else _OF_USER, now, limit=limit, user=user)

    def one_in_full(self, chat: ChatId, now: EpochMs) -> ChatInFull:
        """One chat, which there is."""
        return self._in_full("chat.id = :chat", now, limit=1, chat=chat)[0]

    def direct(self, user: UserId, other: UserId) -> ChatId | None:
        """The one-to-one chat of two people; None where there is none."""
        found = self._connection.execute(_DIRECT, {"user": user, "other": other}).fetchone()
        return None if found is None else found[0]

    def free_id(self, kind: str) -> ChatId:
        """An id that no chat has or had, in the form that the reference shows for such a chat."""
        form = _ID_FORMS.get(kind, "{0:019d}")
        # They are given in order: what is free begins behind the last one, not at the first.
        newest = self._connection.execute(
            "SELECT id FROM chat WHERE id > ? AND id < ? AND id GLOB ? ORDER BY id DESC LIMIT 1",
            (form.format(_FIRST), form.format(_FIRST + 10**9), form.replace("{0:019d}", "[0-9]" * 19)),
        ).fetchone()
        last = _FIRST if newest is None else int(newest[0].removeprefix("CT_")[:19])
        ids = (ChatId(form.format(number)) for number in count(last + 1))
        return next(
            each for each in ids if self.find(each) is None and not self._has("retired WHERE key = :key", key=each)
        )

    def _in_full(self, which: str, now: EpochMs, **values: object) -> list[ChatInFull]:
        rows = self._connection.execute(_IN_FULL.format(which=which), values)
        found = [(CHATS.take(row), MESSAGES.take_if_there(row)) for row in map(iter, rows)]
        ids = [chat.id for chat, _ in found]
        participants: dict[ChatId, list[tuple[Participation, str]]] = defaultdict(list)
        for row in map(iter, self._connection.execute(_PARTICIPANTS, (json_list(ids),))):
            own = PARTICIPATIONS.take(row)
            participants[own.chat_id].append((own, next(row)))
        aliases: dict[ChatId, list[str]] = defaultdict(list)
        among = "WHERE chat_id IN (SELECT value FROM json_each(?))"
        for chat_id, alias in ALIASES.select(self._connection, among, (json_list(ids),)):
            aliases[chat_id].append(alias)
        pins = self._pins.pinned_in(ids, now)
        return [
            ChatInFull(chat, last, pins.get(chat.id), participants[chat.id], aliases[chat.id]) for chat, last in found
        ]
