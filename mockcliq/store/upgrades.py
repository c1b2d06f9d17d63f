"""How a database file of an older schema becomes one of the present: written out, for the tables go on changing."""

from __future__ import annotations

import sqlite3

UPGRADES = {
    1: """
        ALTER TABLE access_token ADD COLUMN refresh_token VARCHAR;
        CREATE TABLE client (
            client_id VARCHAR NOT NULL PRIMARY KEY,
            client_secret VARCHAR NOT NULL,
            redirect_uris VARCHAR NOT NULL
        );
        CREATE TABLE refresh_token (
            token VARCHAR NOT NULL PRIMARY KEY,
            client_id VARCHAR NOT NULL,
            user_id VARCHAR NOT NULL,
            scopes VARCHAR NOT NULL
        );
        CREATE TABLE authorization_code (
            code VARCHAR NOT NULL PRIMARY KEY,
            client_id VARCHAR NOT NULL,
            user_id VARCHAR NOT NULL,
            scopes VARCHAR NOT NULL,
            redirect_uri VARCHAR NOT NULL,
            offline BOOLEAN NOT NULL,
            expires INTEGER NOT NULL,
            redeemed BOOLEAN NOT NULL
        );
        INSERT INTO client VALUES ('1000.MOCKCLIQ', 'mockcliq-secret', '');
        INSERT INTO refresh_token
            SELECT '1000.mockcliq.refresh', '1000.MOCKCLIQ', user_id, scopes
            FROM access_token WHERE token = '1000.mockcliq.owner';
    """,
}
"""By the version that it starts from: what makes of it a file of the next."""

SCHEMA_VERSION = max(UPGRADES) + 1
"""The version of the tables as they are."""


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring an older file to the present schema, within the transaction that the caller has begun."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in UPGRADES:
        return
    while version in UPGRADES:
        for statement in UPGRADES[version].split(";"):
            connection.execute(statement)
        version += 1
    connection.execute(f"PRAGMA user_version = {version}")
