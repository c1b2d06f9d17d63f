"""Access tokens.

They are few and asked for by every request, so that a world reads them all at its start and keeps them in a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.scopes import held
from mockcliq.store.database import Repository, json_list
from mockcliq.store.table import WorldTable, written
from mockcliq.store.users import USERS, User


class AccessToken(NamedTuple):
    """An access token; ``scopes`` separated by spaces, ``refresh_token`` what it was issued for.

    A ``webhook`` token stands in the query, as ``zapikey``; a ``client`` has its token in its own name.
    """

    token: str
    user_id: UserId
    scopes: str
    expires: EpochMs | None
    revoked: bool
    refresh_token: str | None
    webhook: bool
    client: bool

    @classmethod
    def load(cls, token: document.Token) -> AccessToken:
        return cls(
            token.token,
            token.user,
            " ".join(token.scopes),
            token.expires,
            token.revoked,
            token.refresh_token,
            token.webhook,
            token.client,
        )

    def dump(self) -> dict[str, Any]:
        return written(
            token=self.token,
            user=self.user_id,
            scopes=self.scopes.split(),
            expires=self.expires,
            revoked=self.revoked,
            refresh_token=self.refresh_token,
            webhook=self.webhook or None,
            client=self.client or None,
        )


ACCESS_TOKENS = WorldTable(name="access_token", row=AccessToken, key=("token",), field="tokens")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. ``allows`` are its scopes in lower case, ``scopes`` as they were given.

    A webhook token is taken in the query alone. A client's own stands for the owner, and for no person in ``observed``.
    """

    caller: User
    scopes: tuple[str, ...]
    allows: frozenset[str]
    expires: EpochMs | None
    revoked: bool
    is_webhook: bool = False
    is_client: bool = False


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
            grants[found.token] = Grant(
                caller, scopes, held(scopes), found.expires, found.revoked, found.webhook, found.client
            )
        return grants

    def add(self, token: document.Token) -> None:
        ACCESS_TOKENS.insert(self._connection, [AccessToken.load(token)])

    def revoke(self, token: str) -> None:
        self._connection.execute("UPDATE access_token SET revoked = TRUE WHERE token = ?", (token,))

    def drop(self, tokens: Iterable[str]) -> None:
        """Delete tokens, as if they had never been there."""
        self._connection.execute(
            "DELETE FROM access_token WHERE token IN (SELECT value FROM json_each(?))", (json_list(list(tokens)),)
        )

    def issued_for(self, refresh_token: str) -> list[tuple[AccessToken, EpochMs]]:
        """What was issued for a refresh token and expires, with that moment, the earliest first."""
        tokens = ACCESS_TOKENS.select(
            self._connection, "WHERE refresh_token = ? ORDER BY expires, rowid", (refresh_token,)
        )
        return [(token, token.expires) for token in tokens if token.expires is not None]
