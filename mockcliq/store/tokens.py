"""Access tokens.

They are few and asked for by every request, so that a world reads them all at its start and keeps them in a dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.scopes import held
from mockcliq.store.database import Repository
from mockcliq.store.table import WorldTable, written
from mockcliq.store.users import USERS, User


class AccessToken(NamedTuple):
    """An access token; ``scopes`` separated by spaces, ``refresh_token`` what it was issued for."""

    token: str
    user_id: UserId
    scopes: str
    expires: EpochMs | None
    revoked: bool
    refresh_token: str | None

    @classmethod
    def load(cls, token: document.Token) -> AccessToken:
        return cls(token.token, token.user, " ".join(token.scopes), token.expires, token.revoked, token.refresh_token)

    def dump(self) -> dict[str, Any]:
        token, user, scopes, expires, revoked, refresh_token = self
        return written(
            token=token, user=user, scopes=scopes.split(), expires=expires, revoked=revoked, refresh_token=refresh_token
        )


ACCESS_TOKENS = WorldTable(name="access_token", row=AccessToken, key=("token",), field="tokens")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. ``allows`` are its scopes in lower case, ``scopes`` as they were given."""

    caller: User
    scopes: tuple[str, ...]
    allows: frozenset[str]
    expires: EpochMs | None
    revoked: bool


class Tokens(Repository):
    def grants(self, token: str | None = None) -> dict[str, Grant]:
        """Every token, or this one, and what it stands for."""
        rows = self._connection.execute(
            "SELECT access_token.*, user.* FROM access_token JOIN user ON user.id = access_token.user_id"
            " WHERE :token IS NULL OR token = :token",
            {"token": token},
        )
        grants = {}
        for row in map(iter, rows):
            found, caller = ACCESS_TOKENS.take(row), USERS.take(row)
            scopes = tuple(found.scopes.split())
            grants[found.token] = Grant(caller, scopes, held(scopes), found.expires, found.revoked)
        return grants

    def add(self, token: document.Token) -> None:
        ACCESS_TOKENS.insert(self._connection, [AccessToken.load(token)])

    def revoke(self, token: str) -> None:
        self._connection.execute("UPDATE access_token SET revoked = TRUE WHERE token = ?", (token,))

    def issued_for(self, refresh_token: str) -> list[tuple[AccessToken, EpochMs]]:
        """What was issued for a refresh token and expires, with that moment, the earliest first."""
        tokens = ACCESS_TOKENS.select(
            self._connection, "WHERE refresh_token = ? ORDER BY expires, rowid", (refresh_token,)
        )
        return [(token, token.expires) for token in tokens if token.expires is not None]
