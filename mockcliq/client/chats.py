"""A world's chats, which the emulated API cannot create."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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
class Message:
    """A message; ``id`` is the one that `pin_message` takes."""

    id: str
    chat: str
    sender: str
    sender_name: str
    text: str
    time: datetime
    modified: datetime
    type: str


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
    type: Literal["dm", "chat", "channel"]
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
        answer = self._control.call("GET", f"/chats/{segment(chat)}/messages", limit=limit)
        return read_all(Message, answer, "messages")

    def add_message(self, chat: Named | str, sender: Named | str, text: str, *, time: At | None = None) -> Message:
        """Add a message of a participant, at a time or now."""
        payload = given(sender=sender, text=text, time=time)
        return read(Message, self._control.call("POST", f"/chats/{segment(chat)}/messages", payload))

    def add_draft(self, chat: Named | str, user: Named | str, text: str) -> None:
        """Set a participant's draft; an empty text removes it."""
        self._control.call("POST", f"/chats/{segment(chat)}/drafts", given(user=user, text=text))
