"""The tables. Times are epoch milliseconds; rules stand in the modules that read and write them.

What the list of chats needs to find its rows stands denormalised in ``Participation``: a list is one walk along one
index, whatever the number of chats.

A new database is made by `schema.sql`, the same in SQLite's words, and a file that is opened again is checked against
the models. So a server loads them, and the object mapper that they bring, only for such a file.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import registry
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Field, SQLModel

_DIALECT = sqlite.dialect()


class Table(SQLModel, registry=registry()):
    """Base of our tables, with a registry of its own: a program that embeds us may have SQLModel tables too."""


class User(Table, table=True):
    """A person of the organisation."""

    id: str = Field(primary_key=True)
    name: str
    email: str = Field(unique=True)
    active: bool
    role: str | None


class AccessToken(Table, table=True):
    """An access token; ``scopes`` separated by spaces, ``refresh_token`` what it was issued for."""

    __tablename__ = "access_token"
    token: str = Field(primary_key=True)
    user_id: str
    scopes: str
    expires: int | None
    revoked: bool
    refresh_token: str | None


class Client(Table, table=True):
    """A program that may ask for tokens; ``redirect_uris`` separated by spaces."""

    client_id: str = Field(primary_key=True)
    client_secret: str
    redirect_uris: str


class RefreshToken(Table, table=True):
    """A refresh token; ``scopes`` as they were asked for, separated by spaces or commas."""

    __tablename__ = "refresh_token"
    token: str = Field(primary_key=True)
    client_id: str
    user_id: str
    scopes: str


class AuthorizationCode(Table, table=True):
    """A code that a user's consent gave a client.

    ``scopes`` as they were asked for; ``offline`` says that a refresh token is due as well, ``redeemed`` that it was
    used.
    """

    __tablename__ = "authorization_code"
    code: str = Field(primary_key=True)
    client_id: str
    user_id: str
    scopes: str
    redirect_uri: str
    offline: bool
    expires: int
    redeemed: bool


class Chat(Table, table=True):
    """A conversation; every write keeps ``participant_count`` and ``last_message``, which follow from other tables."""

    id: str = Field(primary_key=True)
    type: str
    name: str
    creator_id: str
    created: int
    modified: int
    participant_count: int
    last_message: str | None


class ChatAlias(Table, table=True):
    """Another id that requests may use for a chat."""

    __tablename__ = "chat_alias"
    alias: str = Field(primary_key=True)
    chat_id: str


class Participation(Table, table=True):
    """A person in a chat, and what that person alone sees of it.

    ``list_order`` is where the chat stands in that person's list: the time of its last message, or of its creation;
    NULL for a channel, which no list shows.
    """

    chat_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    joined: int
    muted: bool
    pinned: bool
    draft: str | None
    list_order: int | None
    __table_args__ = (
        Index(
            "participation_list",
            "user_id",
            text("list_order DESC"),
            "chat_id",
            sqlite_where=text("list_order IS NOT NULL"),
        ),
        Index("participation_drafts", "user_id", text("list_order DESC"), sqlite_where=text("draft IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )


class Message(Table, table=True):
    """A message; ``sender_name`` is what its sender was called then, ``modified`` its last change."""

    chat_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    sender_id: str
    sender_name: str
    text: str
    time: int
    modified: int
    type: str
    highlight: bool | None
    bot_name: str | None
    bot_image_url: str | None
    __table_args__ = ({"sqlite_with_rowid": False},)


class PinnedMessage(Table, table=True):
    """The pinned message of a chat; ``expires`` is NULL for one that never does."""

    __tablename__ = "pinned_message"
    chat_id: str = Field(primary_key=True)
    message_id: str
    creator_id: str
    created: int
    modified: int
    expires: int | None


class LimitLock(Table, table=True):
    """A user's lock-out from an operation."""

    __tablename__ = "limit_lock"
    user_id: str = Field(primary_key=True)
    operation: str = Field(primary_key=True)
    since: int
    until: int


class Property(Table, table=True):
    """What holds of the world as a whole, by name: what it was made from, how its clock runs."""

    name: str = Field(primary_key=True)
    value: str


def schema() -> str:
    """What `schema.sql` says: every table, then every index, each statement ended by a semicolon and a line."""
    tables = Table.metadata.sorted_tables
    indexes = sorted((index for table in tables for index in table.indexes), key=lambda index: str(index.name))
    statements = (
        *(CreateTable(table).compile(dialect=_DIALECT) for table in tables),
        *(CreateIndex(index).compile(dialect=_DIALECT) for index in indexes),
    )
    return "".join(f"{_tidied(str(each))};\n" for each in statements)


def flaw(connection: sqlite3.Connection) -> str | None:
    """What is wrong with the tables of a database; None where they are as the models have them."""
    for table in Table.metadata.sorted_tables:
        rows = connection.execute(f"PRAGMA table_info({table.name})").fetchall()
        there = {name: (kind, bool(not_null), bool(key)) for _, name, kind, not_null, _, key in rows}
        wanted = {column.name: _described(column) for column in table.columns}
        missing = [name for name in wanted if name not in there]
        if not there:
            return f"the table {table.name} is missing"
        if missing:
            return f"the table {table.name} has no {missing[0]}"
        if list(there.items()) != list(wanted.items()):
            return f"the table {table.name} has other columns than this program's"
    return None


def _tidied(statement: str) -> str:
    return "\n".join(line.rstrip().replace("\t", "    ") for line in statement.strip().splitlines())


def _described(column: Column[Any]) -> tuple[str, bool, bool]:
    """Its type, whether it is never NULL, and whether it is of the primary key."""
    return str(column.type), not column.nullable, column.primary_key
