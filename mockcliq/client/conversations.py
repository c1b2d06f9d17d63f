"""A world's channels and bots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mockcliq.client.answers import Named, given, id_of, read, read_all
from mockcliq.client.chats import Chat
from mockcliq.client.transport import Resource, segment


@dataclass(frozen=True)
class Bot:
    """A bot; ``id`` is its messages' sender, ``subscribers`` are the ids of whom it speaks to."""

    unique_name: str
    id: str
    name: str
    description: str
    subscribers: tuple[str, ...]


class Bots(Resource):
    """The bots, by their unique names."""

    def list(self) -> Sequence[Bot]:
        return read_all(Bot, self._control.call("GET", "/bots"), "bots")

    def add(
        self,
        unique_name: str,
        *,
        name: str | None = None,
        description: str | None = None,
        subscribers: Iterable[Named | str] | None = None,
    ) -> Bot:
        """Make a bot; ``subscribers`` are by default all active users, at any time."""
        people = None if subscribers is None else [id_of(each) for each in subscribers]
        payload = given(unique_name=unique_name, name=name, description=description, subscribers=people)
        return read(Bot, self._control.call("POST", "/bots", payload))

    def remove(self, bot: Bot | str) -> None:
        """Remove a bot, from its channels too; what it said stays."""
        self._control.call("DELETE", f"/bots/{segment(bot if isinstance(bot, str) else bot.unique_name)}")


class Channels(Resource):
    """The channels."""

    def list(self) -> Sequence[Chat]:
        """List all channels, newest last message first."""
        chats = read_all(Chat, self._control.call("GET", "/chats"), "chats")
        return [chat for chat in chats if chat.type == "channel"]

    def add(
        self,
        name: str,
        *,
        members: Iterable[Named | str] | None = None,
        level: Literal["organization", "team", "private", "external"] | None = None,
        description: str | None = None,
        bots: Iterable[Bot | str] = (),
    ) -> Chat:
        """Make a channel, which posts find by its name in small letters.

        The first of ``members`` is its super admin. By default it is the owner's, and has all active users but the
        outsider.
        """
        names = [bot if isinstance(bot, str) else bot.unique_name for bot in bots]
        people = None if members is None else [id_of(each) for each in members]
        own = given(level=level, description=description, bots=names or None)
        return read(
            Chat,
            self._control.call("POST", "/chats", given(type="channel", name=name, members=people, channel=own or None)),
        )
