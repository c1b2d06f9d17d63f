"""Clients, and what they get access tokens for: authorization codes and refresh tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.store.database import Repository
from mockcliq.store.table import Table, WorldTable
from mockcliq.store.tokens import ACCESS_TOKENS, AccessToken


class Client(NamedTuple):
    """A program that may ask for tokens; ``redirect_uris`` separated by spaces."""

    client_id: str
    client_secret: str
    redirect_uris: str

    @classmethod
    def load(cls, client: document.Client) -> Client:
        return cls(client.client_id, client.client_secret, " ".join(client.redirect_uris))

    def dump(self) -> dict[str, Any]:
        return {**self._asdict(), "redirect_uris": self.redirect_uris.split()}


class RefreshToken(NamedTuple):
    """A refresh token; ``scopes`` as they were asked for, separated by spaces or commas."""

    token: str
    client_id: str
    user_id: UserId
    scopes: str

    @classmethod
    def load(cls, token: document.RefreshToken) -> RefreshToken:
        return cls(token.token, token.client, token.user, " ".join(token.scopes))

    def dump(self) -> dict[str, Any]:
        token, client, user, scopes = self
        return {"token": token, "client": client, "user": user, "scopes": scope_names(scopes)}


class AuthorizationCode(NamedTuple):
    """A code that a user's consent gave a client; ``offline`` says that a refresh token is due as well.

    A self client's was sent nowhere: it has no ``redirect_uri``.
    """

    code: str
    client_id: str
    user_id: UserId
    scopes: str
    redirect_uri: str | None
    offline: bool
    issued: EpochMs
    expires: EpochMs
    redeemed: bool = False


def scope_names(scopes: str) -> list[str]:
    """The names in a text that separates them by commas or spaces, as clients in the wild do."""
    return scopes.replace(",", " ").split()


CLIENTS = WorldTable("client", Client, key=("client_id",), field="clients")
REFRESH_TOKENS = WorldTable("refresh_token", RefreshToken, key=("token",), field="refresh_tokens")
AUTHORIZATION_CODES = Table("authorization_code", AuthorizationCode, key=("code",))


class CredentialRows(NamedTuple):
    """The rows of the tables of credentials."""

    access_tokens: Sequence[AccessToken]
    clients: Sequence[Client]
    refresh_tokens: Sequence[RefreshToken]
    codes: Sequence[AuthorizationCode] = ()

    @classmethod
    def of(cls, blueprint: document.Blueprint) -> CredentialRows:
        return cls(
            [AccessToken.load(token) for token in blueprint.tokens],
            [Client.load(client) for client in blueprint.clients],
            [RefreshToken.load(token) for token in blueprint.refresh_tokens],
        )

    @property
    def names(self) -> list[str]:
        """The tokens, refresh tokens and codes."""
        return [name for rows in (self.access_tokens, self.refresh_tokens, self.codes) for name, *_ in rows]


_CREDENTIAL_TABLES: tuple[Table[Any], ...] = (ACCESS_TOKENS, CLIENTS, REFRESH_TOKENS, AUTHORIZATION_CODES)
"""Those of `CredentialRows`, in its order."""


class OAuth(Repository):
    """The clients of a world, their codes and refresh tokens, and all credentials at once."""

    def clients(self) -> list[document.Client]:
        """The clients, in the order they were made."""
        return [document.Client(**row.dump()) for row in CLIENTS.select(self._connection, "ORDER BY rowid")]

    def add_client(self, client: document.Client) -> None:
        """Add a client, of an id that none has."""
        CLIENTS.insert(self._connection, [Client.load(client)])

    def add_code(self, code: AuthorizationCode) -> None:
        AUTHORIZATION_CODES.insert(self._connection, [code])

    def code(self, value: str) -> AuthorizationCode | None:
        """The code of that value, whether it was used or not."""
        return next(AUTHORIZATION_CODES.select(self._connection, "WHERE code = ?", (value,)), None)

    def redeem(self, code: str) -> None:
        self._connection.execute("UPDATE authorization_code SET redeemed = TRUE WHERE code = ?", (code,))

    def codes_issued(self, client_id: str) -> list[EpochMs]:
        """When the codes of a client were issued, used ones too, the earliest first."""
        codes = AUTHORIZATION_CODES.select(self._connection, "WHERE client_id = ? ORDER BY issued", (client_id,))
        return [code.issued for code in codes]

    def drop_codes(self, expired_by: EpochMs) -> list[str]:
        """Delete the codes that expire by then; returns them."""
        rows = self._connection.execute(
            "DELETE FROM authorization_code WHERE expires <= ? RETURNING code", (expired_by,)
        ).fetchall()
        return [code for (code,) in rows]

    def add_refresh_token(self, token: RefreshToken) -> None:
        REFRESH_TOKENS.insert(self._connection, [token])

    def refresh_token(self, value: str) -> RefreshToken | None:
        return next(REFRESH_TOKENS.select(self._connection, "WHERE token = ?", (value,)), None)

    def refresh_tokens(self, client_id: str, user: UserId) -> list[str]:
        """A client's refresh tokens of that user, the oldest first."""
        clauses = "WHERE client_id = ? AND user_id = ? ORDER BY rowid"
        return [row.token for row in REFRESH_TOKENS.select(self._connection, clauses, (client_id, user))]

    def drop_refresh_token(self, token: str) -> bool:
        """Delete a refresh token and revoke what was issued for it; returns whether there was one."""
        with self._database.transaction():
            self._connection.execute("UPDATE access_token SET revoked = TRUE WHERE refresh_token = ?", (token,))
            return self._connection.execute("DELETE FROM refresh_token WHERE token = ?", (token,)).rowcount > 0

    def refreshing(self) -> set[str]:
        """The refresh tokens and authorization codes: access tokens are issued for them."""
        rows = self._connection.execute("SELECT token FROM refresh_token UNION ALL SELECT code FROM authorization_code")
        return {name for (name,) in rows}

    def credentials(self) -> CredentialRows:
        return CredentialRows._make(list(table.select(self._connection)) for table in _CREDENTIAL_TABLES)

    def rename_credentials(self, credentials: CredentialRows, names: Mapping[str, str]) -> None:
        """Give access tokens and refresh tokens other names; ``names`` are the new by the old."""
        for table, column, old in (
            ("access_token", "token", [row.token for row in credentials.access_tokens]),
            ("access_token", "refresh_token", {row.refresh_token or "" for row in credentials.access_tokens}),
            ("refresh_token", "token", [row.token for row in credentials.refresh_tokens]),
        ):
            pairs = [(names[name], name) for name in old if name in names]
            if pairs:
                self._connection.executemany(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", pairs)

    def replace_credentials(self, credentials: CredentialRows) -> None:
        """Put these in place of all credentials."""
        with self._database.transaction():
            for table, rows in zip(_CREDENTIAL_TABLES, credentials, strict=True):
                self._connection.execute(f"DELETE FROM {table.name}")
                table.insert(self._connection, rows)

    def drop_orphans(self) -> None:
        """Delete the credentials of users who are gone."""
        for table in ("access_token", "refresh_token", "authorization_code"):
            self._connection.execute(f"DELETE FROM {table} WHERE user_id NOT IN (SELECT id FROM user)")
