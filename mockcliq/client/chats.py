"""A world's chats, which the emulated API cannot create."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mockcliq.client.answers import At, Named, given, id_of, read, read_all
from mockcliq.client.transport import Resource, segment


@dataclass(frozen=True)
class Participant:
    """A participant of a chat, with that person's settings."""

    user: str
    name: str
    muted: bool
    pinned: bool
    draft: str | None


@dataclass(frozen=True)
class Look:
    """The name and the picture that a message is shown under."""

    name: str
    image_url: str | None


@dataclass(frozen=True)
class Message:
    """A message with all that was posted.

    Attributes:
        id: The one that `pin_message` takes.
        chat: The chat's id.
        sender: The id of a user or a bot.
        type: Such as ``text``, ``card``, ``file`` or ``info``, which tells who joined or left.
        bot: The name and the picture that it is shown under, if they are others than the sender's.
        reactions: By emoji.
        deleted: Whether it was deleted, and has no content any more.
    """

    id: str
    chat: str
    sender: str
    sender_name: str
    text: str
    time: datetime
    modified: datetime
    type: str
    bot: Look | None = None
    card: Mapping[str, Any] | None = field(default=None, hash=False)
    slides: Sequence[Any] | None = field(default=None, hash=False)
    buttons: Sequence[Any] | None = field(default=None, hash=False)
    reply_to: str | None = None
    file: Mapping[str, Any] | None = field(default=None, hash=False)
    info: Mapping[str, Any] | None = field(default=None, hash=False)
    reactions: Mapping[str, Sequence[str]] | None = field(default=None, hash=False)
    deleted: bool = False

    def __str__(self) -> str:
        time = f"{self.time:%H:%M:%S}.{self.time.microsecond // 1000:03}"
        text = "deleted" if self.deleted else repr(self.text) if self.text else self.type
        return f"{time}  {self.sender_name}: {text}"


@dataclass(frozen=True)
class Pin:
    """A pinned message and who pinned it; ``expires`` is None for never."""

    message: str
    text: str
    creator: str
    creator_name: str
    created: datetime
    expires: datetime | None


@dataclass(frozen=True)
class Chat:
    """A chat; ``messages`` is the number of messages, ``last_message`` and ``pin`` may be None."""

    id: str
    type: Literal["dm", "chat", "channel", "bot", "thread"]
    name: str
    creator: str
    created: datetime
    modified: datetime
    participants: tuple[Participant, ...]
    aliases: tuple[str, ...]
    messages: int
    last_message: Message | None
    pinned_message: str | None
    pin: Pin | None


_ALL = 1_000_000
"""The largest limit that there is."""


class Chats(Resource):
    """The chats of all types. A user is given by id or e-mail address, a chat by id."""

    def list(self, user: Named | str | None = None) -> Sequence[Chat]:
        """List all chats, or those of a user."""
        return read_all(Chat, self._control.call("GET", "/chats", user=user), "chats")

    def get(self, chat: Named | str) -> Chat:
        return read(Chat, self._control.call("GET", f"/chats/{segment(chat)}"))

    def add(
        self,
        *,
        type: Literal["dm", "chat", "channel"] = "chat",  # noqa: A002 - the wire's own word
        name: str | None = None,
        members: Iterable[Named | str],
        id: str | None = None,  # noqa: A002 - the wire's own word
    ) -> Chat:
        """Create a one-to-one chat (without a name), a group or a channel.

        ``members`` are in joining order, and the first is the creator; the server chooses an omitted ``id``.
        """
        payload = given(type=type, name=name, members=[id_of(each) for each in members], id=id)
        return read(Chat, self._control.call("POST", "/chats", payload))

    def messages(self, chat: Named | str, *, limit: int | None = None) -> Sequence[Message]:
        """List the messages, or the latest ``limit``, oldest first."""
        answer = self._control.call("GET", "/messages", chat=chat, limit=_ALL if limit is None else limit)
        return read_all(Message, answer, "messages")

    def add_message(self, chat: Named | str, sender: Named | str, text: str, *, time: At | None = None) -> Message:
        """Add a message of a participant, at a time or now."""
        payload = given(sender=sender, text=text, time=time)
        return read(Message, self._control.call("POST", f"/chats/{segment(chat)}/messages", payload))

    def add_draft(self, chat: Named | str, user: Named | str, text: str) -> None:
        """Set a participant's draft; an empty text removes it."""
        self._control.call("POST", f"/chats/{segment(chat)}/drafts", given(user=user, text=text))
