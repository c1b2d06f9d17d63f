"""Clients, and what they get access tokens for: authorization codes and refresh tokens."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import NamedTuple

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.document import Client
from mockcliq.store.database import Database


@dataclass(frozen=True, slots=True)
class Code:
    """A code that a user's consent gave a client; ``scopes`` as they were asked for, in one text."""

    code: str
    client_id: str
    user_id: UserId
    scopes: str
    redirect_uri: str
    offline: bool
    expires: EpochMs
    redeemed: bool = False


@dataclass(frozen=True, slots=True)
class Refreshing:
    """A refresh token; ``scopes`` as they were asked for, in one text."""

    token: str
    client_id: str
    user_id: UserId
    scopes: str


class AccessToken(NamedTuple):
    """An access token that was issued for a refresh token."""

    token: str
    expires: EpochMs
    revoked: bool


class OAuth:
    """The clients of a world, the codes and the refresh tokens that they have."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def clients(self) -> list[Client]:
        """The clients, in the order they were made."""
        rows = self._connection.execute("SELECT client_id, client_secret, redirect_uris FROM client ORDER BY rowid")
        return [Client(client_id, secret, redirect_uris.split()) for client_id, secret, redirect_uris in rows]

    def add_client(self, client: Client) -> None:
        """Add a client, of an id that none has."""
        row = (client.client_id, client.client_secret, " ".join(client.redirect_uris))
        self._connection.execute("INSERT INTO client VALUES (?, ?, ?)", row)

    def add_code(self, code: Code) -> None:
        """Add a code."""
        self._connection.execute("INSERT INTO authorization_code VALUES (?, ?, ?, ?, ?, ?, ?, ?)", astuple(code))

    def code(self, value: str) -> Code | None:
        """The code of that value, whether it was used or not."""
        row = self._connection.execute(
            "SELECT code, client_id, user_id, scopes, redirect_uri, offline, expires, redeemed"
            " FROM authorization_code WHERE code = ?",
            (value,),
        ).fetchone()
        if row is None:
            return None
        code, client_id, user_id, scopes, there, offline, expires, redeemed = row
        return Code(code, client_id, user_id, scopes, there, bool(offline), expires, redeemed=bool(redeemed))

    def redeem(self, code: str) -> None:
        """Mark a code as used."""
        self._connection.execute("UPDATE authorization_code SET redeemed = TRUE WHERE code = ?", (code,))

    def code_expiries(self, client_id: str) -> list[EpochMs]:
        """When the codes of a client expire, used ones too, the earliest first."""
        rows = self._connection.execute(
            "SELECT expires FROM authorization_code WHERE client_id = ? ORDER BY expires", (client_id,)
        )
        return [expires for (expires,) in rows]

    def drop_codes(self, expired_by: EpochMs) -> list[str]:
        """Forget the codes that had expired by then; gives them."""
        rows = self._connection.execute(
            "DELETE FROM authorization_code WHERE expires <= ? RETURNING code", (expired_by,)
        ).fetchall()
        return [code for (code,) in rows]

    def add_refresh_token(self, token: Refreshing) -> None:
        """Add a refresh token."""
        self._connection.execute("INSERT INTO refresh_token VALUES (?, ?, ?, ?)", astuple(token))

    def refresh_token(self, value: str) -> Refreshing | None:
        """The refresh token of that value."""
        row = self._connection.execute(
            "SELECT token, client_id, user_id, scopes FROM refresh_token WHERE token = ?", (value,)
        ).fetchone()
        return None if row is None else Refreshing(*row)

    def refresh_tokens(self, client_id: str, user: UserId) -> list[str]:
        """What a client may ask for new tokens of that user with, the oldest first."""
        rows = self._connection.execute(
            "SELECT token FROM refresh_token WHERE client_id = ? AND user_id = ? ORDER BY rowid", (client_id, user)
        )
        return [token for (token,) in rows]

    def drop_refresh_token(self, token: str) -> bool:
        """Forget a refresh token and revoke what was issued for it; tells whether there was one."""
        with self._database.transaction():
            self._connection.execute("UPDATE access_token SET revoked = TRUE WHERE refresh_token = ?", (token,))
            return self._connection.execute("DELETE FROM refresh_token WHERE token = ?", (token,)).rowcount > 0

    def access_tokens(self, refresh_token: str) -> list[AccessToken]:
        """What was issued for a refresh token and expires, the earliest first."""
        rows = self._connection.execute(
            "SELECT token, expires, revoked FROM access_token WHERE refresh_token = ? AND expires IS NOT NULL"
            " ORDER BY expires, rowid",
            (refresh_token,),
        )
        return [AccessToken(token, expires, bool(revoked)) for token, expires, revoked in rows]


def scope_names(scopes: str) -> list[str]:
    """The names in a text that separates them by commas or spaces, as clients in the wild do."""
    return scopes.replace(",", " ").split()
