"""Who is in a chat, and what each of them alone sees of it: mute, pin in the list, draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, EpochMs, UserId
from mockcliq.store.database import Repository
from mockcliq.store.messages import UNLISTED, last_of
from mockcliq.store.table import ChatTable, Index, written


class Participation(NamedTuple):
    """A person in a chat, and what that person alone sees of it.

    ``list_order`` is where the chat stands in that person's list: the time of its last message, or of its creation;
    NULL for a channel or a thread, which no list shows. So a list is one walk along one index. ``read`` is how many of
    the chat's messages are read; so a post changes no row of those who have not read it. ``role`` is a channel's; NULL
    for a member.
    """

    chat_id: ChatId
    user_id: UserId
    joined: int
    muted: bool
    pinned: bool
    draft: str | None
    list_order: EpochMs | None
    read: int
    role: str | None

    @staticmethod
    def load(chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[tuple[Any, ...]]:
        last = last_of(chat)
        list_order = None if chat.type in UNLISTED else chat.created if last is None else last.time
        written, roles = len(chat.messages), roles_in(chat)
        for joined, each in enumerate(chat.participants):
            read, role = written if each.read is None else min(each.read, written), roles.get(each.user)
            yield chat.id, each.user, joined, each.muted, each.pinned, each.draft, list_order, read, role

    def dump(self) -> dict[str, Any]:
        own = written(user=self.user_id, muted=self.muted or None, pinned=self.pinned or None, draft=self.draft)
        return {**own, "read": self.read, "role": self.role}


MEMBER = "member"
SUPER_ADMIN = "super_admin"


def roles_in(chat: document.Chat) -> Mapping[str, str]:
    """The roles of those who are more than members.

    A channel with people has a super admin: where a document names none of them, its creator, or whoever joined first.
    """
    people = [each.user for each in chat.participants]
    if chat.type != "channel" or not people:
        return {}
    given = {} if chat.channel is None else chat.channel.roles
    roles: dict[str, str] = {user: given[user] for user in people if given.get(user, MEMBER) != MEMBER}
    if SUPER_ADMIN in roles.values():
        return roles
    return {**roles, chat.creator if chat.creator in people else people[0]: SUPER_ADMIN}


class Member(NamedTuple):
    """A participant of a chat."""

    user_id: str
    email_id: str
    name: str


PARTICIPATIONS = ChatTable(
    name="participation",
    row=Participation,
    key=("chat_id", "user_id"),
    has_rowid=False,
    indexes=(
        Index("participation_list", ("user_id", "list_order DESC", "chat_id"), "list_order IS NOT NULL"),
        Index("participation_drafts", ("user_id", "list_order DESC"), "draft IS NOT NULL"),
    ),
    field="participants",
    order="ORDER BY chat_id, joined",
)

_MEMBERS = """
    SELECT user.id, user.email, user.name
    FROM participation JOIN user ON user.id = participation.user_id
    WHERE participation.chat_id = ? ORDER BY participation.joined
"""
_MUTE = "UPDATE participation SET muted = ? WHERE chat_id = ? AND user_id = ? AND muted <> ?"


class Members(Repository):
    def of(self, chat: ChatId) -> list[Member]:
        """The participants, in the order they joined."""
        return [Member(*row) for row in self._connection.execute(_MEMBERS, (chat,))]

    def roles(self, chat: ChatId) -> dict[str, str]:
        """The role of each of a channel's people."""
        rows = "SELECT user_id, coalesce(role, ?) FROM participation WHERE chat_id = ?"
        return dict(self._connection.execute(rows, (MEMBER, chat)))

    def has(self, chat: ChatId, user: UserId) -> bool:
        return self._has("participation WHERE chat_id = :chat AND user_id = :user", chat=chat, user=user)

    def set_muted(self, chat: ChatId, by: UserId, *, muted: bool) -> None:
        self._database.write(_MUTE, (muted, chat, by, muted), touches=())

    def set_draft(self, chat: ChatId, user: UserId, text: str | None) -> None:
        """Leave a draft of a participant's in the chat, or take it away."""
        self._database.write(
            "UPDATE participation SET draft = ? WHERE chat_id = ? AND user_id = ?",
            (text, chat, user),
            touches=["chats"],
        )

    def mark_read(self, chat: ChatId, user: UserId) -> None:
        """Count all messages of the chat as read by that person."""
        self._connection.execute(
            "UPDATE participation SET read = (SELECT message_count FROM chat WHERE id = chat_id)"
            " WHERE chat_id = ? AND user_id = ?",
            (chat, user),
        )

    def add(self, chat: ChatId, user: UserId) -> None:
        """Let somebody into a chat; what was written there counts as read."""
        with self._database.transaction():
            joined, written, kind, created = self._connection.execute(
                "SELECT (SELECT coalesce(max(joined), -1) + 1 FROM participation WHERE chat_id = chat.id),"
                " message_count, type, coalesce((SELECT max(time) FROM message WHERE chat_id = chat.id), created)"
                " FROM chat WHERE id = ?",
                (chat,),
            ).fetchone()
            list_order = None if kind in UNLISTED else created
            row = Participation(
                chat,
                user,
                joined,
                muted=False,
                pinned=False,
                draft=None,
                list_order=list_order,
                read=written,
                role=None,
            )
            PARTICIPATIONS.insert(self._connection, [row])
            self._connection.execute("UPDATE chat SET participant_count = participant_count + 1 WHERE id = ?", (chat,))

    def set_role(self, chat: ChatId, user: UserId, role: str | None) -> None:
        self._connection.execute(
            "UPDATE participation SET role = ? WHERE chat_id = ? AND user_id = ?", (role, chat, user)
        )

    def leave(self, chat: ChatId, user: UserId) -> None:
        """Let somebody go from a chat; who is not in it changes nothing."""
        with self._database.transaction():
            left = "DELETE FROM participation WHERE chat_id = ? AND user_id = ?"
            gone = self._connection.execute(left, (chat, user)).rowcount
            fewer = "UPDATE chat SET participant_count = participant_count - ? WHERE id = ?"
            self._connection.execute(fewer, (gone, chat))
