"""Writes a world down again: the inverse of `mockcliq.store.load`, in the format of a world file."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import Any

from mockcliq.contract.ids import EpochMs
from mockcliq.store.oauth import scope_names
from mockcliq.timestamps import iso_ms


def dump(connection: sqlite3.Connection) -> dict[str, Any]:
    """The users, tokens, clients and chats, as a world file lists them; fields that say nothing are left out."""
    return {
        "users": [
            # Who was activated since is none that the fixed token of that role could be for.
            _said(
                id=user_id,
                name=name,
                email=email,
                active=bool(active),
                role=None if active and role == "deactivated" else role,
            )
            for user_id, name, email, active, role in connection.execute(
                "SELECT id, name, email, active, role FROM user ORDER BY rowid"
            )
        ],
        "tokens": [
            _said(
                token=token,
                user=user,
                scopes=scopes.split(),
                expires=_iso(expires),
                revoked=bool(revoked),
                refresh_token=refresh_token,
            )
            for token, user, scopes, expires, revoked, refresh_token in connection.execute(
                "SELECT token, user_id, scopes, expires, revoked, refresh_token FROM access_token ORDER BY rowid"
            )
        ],
        "clients": [
            _said(client_id=client_id, client_secret=client_secret, redirect_uris=redirect_uris.split())
            for client_id, client_secret, redirect_uris in connection.execute(
                "SELECT client_id, client_secret, redirect_uris FROM client ORDER BY rowid"
            )
        ],
        "refresh_tokens": [
            _said(token=token, client=client, user=user, scopes=scope_names(scopes))
            for token, client, user, scopes in connection.execute(
                "SELECT token, client_id, user_id, scopes FROM refresh_token ORDER BY rowid"
            )
        ],
        "chats": _chats(connection),
    }


def _chats(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    participants: dict[str, list[Any]] = defaultdict(list)
    for chat, user, muted, pinned, draft in connection.execute(
        "SELECT chat_id, user_id, muted, pinned, draft FROM participation ORDER BY chat_id, joined"
    ):
        participants[chat].append(_said(user=user, muted=bool(muted), pinned=bool(pinned), draft=draft))
    messages: dict[str, list[Any]] = defaultdict(list)
    for chat, message, sender, sender_name, text, time, modified, kind, highlight, bot, image in connection.execute(
        "SELECT chat_id, message.id, sender_id, sender_name, text, time, message.modified, message.type, highlight,"
        " bot_name, bot_image_url"
        # Of messages of one millisecond the chat's last one is the last here, too.
        " FROM message JOIN chat ON chat.id = chat_id"
        " ORDER BY chat_id, time, message.id = last_message, length(message.id), message.id"
    ):
        messages[chat].append(
            _said(
                id=message,
                sender=sender,
                text=text,
                time=_iso(time),
                sender_name=sender_name,
                modified=_iso(modified),
                type=kind,
                highlight=None if highlight is None else bool(highlight),
                bot=None if bot is None else {"name": bot, "image_url": image},
            )
        )
    pins = {
        chat: _said(
            message=message, creator=creator, created=_iso(created), modified=_iso(modified), expires=_iso(expires)
        )
        for chat, message, creator, created, modified, expires in connection.execute(
            "SELECT chat_id, message_id, creator_id, created, modified, expires FROM pinned_message"
        )
    }
    aliases: dict[str, list[str]] = defaultdict(list)
    for alias, chat in connection.execute("SELECT alias, chat_id FROM chat_alias ORDER BY rowid"):
        aliases[chat].append(alias)
    return [
        _said(
            id=chat,
            type=kind,
            name=name,
            creator=creator,
            created=_iso(created),
            modified=_iso(modified),
            participants=participants[chat],
            messages=messages[chat],
            pin=pins.get(chat),
            aliases=aliases[chat],
        )
        for chat, kind, name, creator, created, modified in connection.execute(
            "SELECT id, type, name, creator_id, created, modified FROM chat ORDER BY rowid"
        )
    ]


def _said(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _iso(at: EpochMs | None) -> str | None:
    return None if at is None else iso_ms(at)
