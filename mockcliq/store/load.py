"""Fills an empty database from a blueprint, in batches: whatever it tells streams through."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from mockcliq.contract.ids import ChatId, UserId
from mockcliq.document import Blueprint, Chat, Client, Message, RefreshToken, Token
from mockcliq.store.multiply import multiply, waiting
from mockcliq.store.people import CredentialRows

_BATCH = 20_000
"""Chats and messages written at a time; large enough for SQLite, small enough for a progress bar."""


def load(
    connection: sqlite3.Connection, blueprint: Blueprint, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Write everything that a world starts with.

    Args:
        connection: Of a database with empty tables.
        blueprint: What to write.
        progress: Told how many more chats have been written.
    """
    names = {user.id: user.name for user in blueprint.users}
    connection.executemany(
        _insert(connection, "user"),
        ((user.id, user.name, user.email, user.active, user.role) for user in blueprint.users),
    )
    own = credentials(blueprint)
    connection.executemany(_insert(connection, "access_token"), own.access_token)
    connection.executemany(_insert(connection, "client"), own.client)
    connection.executemany(_insert(connection, "refresh_token"), own.refresh_token)
    more = blueprint.repetition
    if more is None:
        for batch in _batches(blueprint.chats):
            write_chats(connection, batch, names)
            progress(len(batch))
        return
    models: deque[ChatId] = deque(maxlen=more.models)
    with waiting(connection):
        for batch in _batches(blueprint.chats):
            write_chats(connection, batch, names)
            models.extend(chat.id for chat in batch)
            progress(len(batch))
        multiply(connection, list(models), more.rounds, progress)


def write_chats(connection: sqlite3.Connection, chats: Sequence[Chat], names: Mapping[UserId, str]) -> None:
    """Write chats with all that is in them.

    Args:
        connection: Of a database whose tables have none of them.
        chats: The chats.
        names: What the senders of their messages are called, where the messages do not say.
    """
    # Of messages of one millisecond the one that was written down last is the last.
    last = [max(reversed(chat.messages), key=_time, default=None) for chat in chats]
    connection.executemany(_insert(connection, "chat"), map(_chat_row, chats, last))
    connection.executemany(
        _insert(connection, "chat_alias"), [(alias, chat.id) for chat in chats for alias in chat.aliases]
    )
    connection.executemany(
        _insert(connection, "participation"),
        [row for chat, message in zip(chats, last, strict=True) for row in _participation_rows(chat, message)],
    )
    connection.executemany(
        _insert(connection, "message"), [row for chat in chats for row in _message_rows(chat, names)]
    )
    connection.executemany(
        _insert(connection, "pinned_message"), [_pin_row(chat) for chat in chats if chat.pin is not None]
    )


def credentials(blueprint: Blueprint) -> CredentialRows:
    """The rows of everything that lets anybody in at the start."""
    return CredentialRows(
        access_token=[token_row(token) for token in blueprint.tokens],
        client=[client_row(client) for client in blueprint.clients],
        refresh_token=[refresh_token_row(token) for token in blueprint.refresh_tokens],
    )


def token_row(token: Token) -> tuple[Any, ...]:
    """A token as a row of its table."""
    return token.token, token.user, " ".join(token.scopes), token.expires, token.revoked, token.refresh_token


def client_row(client: Client) -> tuple[Any, ...]:
    """A client as a row of its table."""
    return client.client_id, client.client_secret, " ".join(client.redirect_uris)


def refresh_token_row(token: RefreshToken) -> tuple[Any, ...]:
    """A refresh token as a row of its table."""
    return token.token, token.client, token.user, " ".join(token.scopes)


def _insert(connection: sqlite3.Connection, table: str) -> str:
    """The table's INSERT, with a placeholder for each column in the order of its declaration."""
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})"


def _batches(chats: Iterable[Chat]) -> Iterator[list[Chat]]:
    batch: list[Chat] = []
    size = 0
    for chat in chats:
        batch.append(chat)
        size += 1 + len(chat.messages)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


_time = attrgetter("time")


def _chat_row(chat: Chat, last: Message | None) -> tuple[object, ...]:
    return (
        chat.id,
        chat.type,
        chat.name,
        chat.creator,
        chat.created,
        chat.created if chat.modified is None else chat.modified,
        len(chat.participants),
        None if last is None else last.id,
    )


def _participation_rows(chat: Chat, last: Message | None) -> Iterator[tuple[object, ...]]:
    list_order = None if chat.type == "channel" else chat.created if last is None else last.time
    for joined, each in enumerate(chat.participants):
        yield chat.id, each.user, joined, each.muted, each.pinned, each.draft, list_order


def _message_rows(chat: Chat, names: Mapping[UserId, str]) -> Iterator[tuple[object, ...]]:
    for message in chat.messages:
        bot = message.bot
        yield (
            chat.id,
            message.id,
            message.sender,
            names[message.sender] if message.sender_name is None else message.sender_name,
            message.text,
            message.time,
            message.time if message.modified is None else message.modified,
            message.type,
            message.highlight,
            None if bot is None else bot.name,
            None if bot is None else bot.image_url,
        )


def _pin_row(chat: Chat) -> tuple[object, ...]:
    pin = chat.pin
    assert pin is not None
    return chat.id, pin.message, pin.creator, pin.created, pin.modified, pin.expires
