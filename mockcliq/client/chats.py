"""A world's chats: data that the emulated API cannot make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mockcliq.client.answers import At, Named, given, id_of, id_or_none, moment, moment_or_none, read, rows, written
from mockcliq.client.transport import Control, segment


@dataclass(frozen=True)
class Participant:
    """Who is in a chat, and how that person set it up."""

    user: str
    name: str
    muted: bool
    pinned: bool
    draft: str | None


@dataclass(frozen=True)
class Message:
    """A message; ``id`` as the emulated API takes it to pin it."""

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
    """The message that a chat has pinned, and who did that; ``expires`` None where it never does."""

    message: str
    text: str
    creator: str
    creator_name: str
    created: datetime
    expires: datetime | None


@dataclass(frozen=True)
class Chat:
    """A chat; ``messages`` is their number, ``last_message`` and ``pin`` None where there is none."""

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


class Chats:
    """The chats of every kind. A user is named by id or e-mail address, a chat by id."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self, user: Named | str | None = None) -> Sequence[Chat]:
        """All of them, or those that a user is in."""
        return [_chat(row) for row in rows(self._control.get("/chats", user=id_or_none(user)), "chats")]

    def get(self, chat: Named | str) -> Chat:
        """One chat as it is now."""
        return _chat(self._control.get(_path(chat)))

    def add(
        self,
        *,
        type: Literal["dm", "chat", "channel"] = "chat",  # noqa: A002 - the wire's own word
        name: str | None = None,
        members: Iterable[Named | str],
        id: str | None = None,  # noqa: A002 - the wire's own word
    ) -> Chat:
        """Make a chat.

        Args:
            type: One-to-one, group or channel.
            name: Its title; a one-to-one chat has none.
            members: In the order they join; the first of them is its creator.
            id: What it shall be called; chosen by the server by default.
        """
        order = given(type=type, name=name, members=[id_of(each) for each in members], id=id)
        return _chat(self._control.post("/chats", order))

    def messages(self, chat: Named | str, *, limit: int | None = None) -> Sequence[Message]:
        """Its messages, or the latest so many, oldest first."""
        return [_message(row) for row in rows(self._control.get(f"{_path(chat)}/messages", limit=limit), "messages")]

    def add_message(self, chat: Named | str, sender: Named | str, text: str, *, time: At | None = None) -> Message:
        """Let a participant write something, at that time or now."""
        order = given(sender=id_of(sender), text=text, time=written(time))
        return _message(self._control.post(f"{_path(chat)}/messages", order))

    def add_draft(self, chat: Named | str, user: Named | str, text: str) -> None:
        """Let a participant have an unsent text; an empty one takes it away."""
        self._control.post(f"{_path(chat)}/drafts", {"user": id_of(user), "text": text})


def _path(chat: Named | str) -> str:
    return f"/chats/{segment(id_of(chat))}"


def _message(row: Mapping[str, Any]) -> Message:
    return read(Message, row, time=moment(row["time"]), modified=moment(row["modified"]))


def _chat(row: Mapping[str, Any]) -> Chat:
    last, pin = row.get("last_message"), row.get("pin")
    return read(
        Chat,
        row,
        created=moment(row["created"]),
        modified=moment(row["modified"]),
        participants=tuple(read(Participant, each) for each in row["participants"]),
        aliases=tuple(row["aliases"]),
        last_message=None if last is None else _message(last),
        pin=None if pin is None else _pin(pin),
    )


def _pin(row: Mapping[str, Any]) -> Pin:
    return read(Pin, row, created=moment(row["created"]), expires=moment_or_none(row["expires"]))
