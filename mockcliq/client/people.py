"""A world's people, their tokens, and the OAuth clients that log in for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mockcliq.client.answers import Named, given, id_of, moment, read, rows
from mockcliq.client.transport import Control, segment

_PAGE = 1000


@dataclass(frozen=True)
class User:
    """A person of the organisation; ``role`` is the label of the fixed token that is theirs."""

    id: str
    name: str
    email: str
    active: bool
    role: str | None = None


@dataclass(frozen=True)
class LatestMessage:
    """The last message of a chat."""

    sender: str
    sender_name: str
    text: str
    time: datetime


@dataclass(frozen=True)
class OwnChat:
    """A chat as one person sees it: a dm is named after the other; ``pinned_message``: whether one is pinned now."""

    id: str
    type: Literal["dm", "chat", "channel"]
    name: str
    people: int
    muted: bool
    pinned: bool
    draft: str | None
    last_message: LatestMessage | None
    pinned_message: bool


@dataclass(frozen=True)
class Token:
    """A token and what it stands for; ``expires_at`` None where it never expires."""

    token: str
    user: str
    scopes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True)
class OAuthClient:
    """What may log users in."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...] = ()


class Users:
    """The people. A user is named by id or e-mail address."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self) -> Sequence[User]:
        """Everyone, deactivated people too."""
        return [read(User, row) for row in rows(self._control.get("/users"), "users")]

    def add(
        self,
        name: str,
        *,
        email: str | None = None,
        id: str | None = None,  # noqa: A002 - the wire's own word
        active: bool | None = None,
    ) -> User:
        """Let somebody join the organisation; what is not given is the server's to choose."""
        return read(User, self._control.post("/users", given(name=name, email=email, id=id, active=active)))

    def update(self, user: Named | str, *, name: str | None = None, active: bool | None = None) -> User:
        """Rename somebody, deactivate or reactivate them; what is not given stays."""
        return read(User, self._control.patch(f"/users/{segment(id_of(user))}", given(name=name, active=active)))

    def chats(self, user: Named | str, *, search: str | None = None) -> Sequence[OwnChat]:
        """One person's chats, or those with that in their names, channels too; newest last message first."""
        found: list[OwnChat] = []
        while True:
            page = {"search": search, "limit": _PAGE, "offset": len(found)}
            answered = rows(self._control.get(f"/users/{segment(id_of(user))}/chats", **page), "chats")
            found += map(_own_chat, answered)
            if len(answered) < _PAGE:
                return found


class OAuthClients:
    """The registered OAuth clients."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self) -> Sequence[OAuthClient]:
        """Every one."""
        return [_client(row) for row in rows(self._control.get("/clients"), "clients")]

    def add(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        redirect_uris: Iterable[str] | None = None,
    ) -> OAuthClient:
        """Register one; what is not given is the server's to choose."""
        uris = None if redirect_uris is None else list(redirect_uris)
        order = given(client_id=client_id, client_secret=client_secret, redirect_uris=uris)
        return _client(self._control.post("/clients", order))


def _own_chat(row: Any) -> OwnChat:
    last = row["last_message"]
    message = None if last is None else read(LatestMessage, last, time=moment(last["time"]))
    return read(OwnChat, row, last_message=message)


def _client(row: Any) -> OAuthClient:
    return read(OAuthClient, row, redirect_uris=tuple(row.get("redirect_uris") or ()))
