"""A world's users, their tokens, and its OAuth clients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mockcliq.client.answers import Named, given, read, read_all
from mockcliq.client.transport import Resource, segment

_PAGE = 1000


@dataclass(frozen=True)
class User:
    """A user of the organisation; ``role`` is the label of their fixed token, if any."""

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
    """A chat as one user sees it: a dm has the other's name; ``pinned_message`` tells whether one is pinned now."""

    id: str
    type: Literal["dm", "chat", "channel", "bot", "thread"]
    name: str
    people: int
    muted: bool
    pinned: bool
    draft: str | None
    last_message: LatestMessage | None
    pinned_message: bool


@dataclass(frozen=True)
class Token:
    """A token with its user and scopes; ``expires_at`` is None for never."""

    token: str
    user: str
    scopes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True)
class OAuthClient:
    """A registered OAuth client."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...] = ()


class Users(Resource):
    """The users. A user is given by id or e-mail address."""

    def list(self) -> Sequence[User]:
        """List all users, deactivated ones too."""
        return read_all(User, self._control.call("GET", "/users"), "users")

    def add(
        self,
        name: str,
        *,
        email: str | None = None,
        id: str | None = None,  # noqa: A002 - the wire's own word
        active: bool | None = None,
    ) -> User:
        """Add a user; the server chooses omitted values."""
        return read(User, self._control.call("POST", "/users", given(name=name, email=email, id=id, active=active)))

    def update(self, user: Named | str, *, name: str | None = None, active: bool | None = None) -> User:
        """Rename, deactivate or reactivate a user; omitted values stay."""
        return read(User, self._control.call("PATCH", f"/users/{segment(user)}", given(name=name, active=active)))

    def chats(self, user: Named | str, *, search: str | None = None) -> Sequence[OwnChat]:
        """List a user's chats, channels too, by newest last message; ``search`` filters by name."""
        found: list[OwnChat] = []
        while True:
            answer = self._control.call(
                "GET", f"/users/{segment(user)}/chats", search=search, limit=_PAGE, offset=len(found)
            )
            page = read_all(OwnChat, answer, "chats")
            found += page
            if len(page) < _PAGE:
                return found


class OAuthClients(Resource):
    """The OAuth clients."""

    def list(self) -> Sequence[OAuthClient]:
        return read_all(OAuthClient, self._control.call("GET", "/clients"), "clients")

    def add(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        redirect_uris: Iterable[str] | None = None,
    ) -> OAuthClient:
        """Register a client; the server chooses omitted values."""
        uris = redirect_uris and list(redirect_uris)
        payload = given(client_id=client_id, client_secret=client_secret, redirect_uris=uris)
        return read(OAuthClient, self._control.call("POST", "/clients", payload))
