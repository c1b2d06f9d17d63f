"""The models: SQLModel's classes of the tables, each with its row type's columns.

SQLModel holds the schema. `schema.sql`, from which a new database is made, is the models in SQLite's words, written by
`python -m tests.generated`; a file that is opened again is checked against them. So a server loads them, and the object
mapper that they bring, only for such a file; requests are answered by prepared SQL.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from pydantic import create_model
from sqlalchemy import Column, Index, MetaData, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from mockcliq.store.table import Table
from mockcliq.store.tables import TABLES


class Model(SQLModel, registry=registry()):
    """Base of the models, with a registry of its own: a program that embeds us may have SQLModel tables too."""


def _model(table: Table[Any]) -> type[Model]:
    fields: dict[str, Any] = {}
    for name, kind, is_nullable in table.columns:
        # A NewType is SQL's as what it is made of.
        plain = getattr(kind, "__supertype__", kind)
        field = Field(primary_key=name in table.key, unique=name in table.unique)
        fields[name] = (plain | None if is_nullable else plain, field)
    model = create_model(table.name, __base__=Model, __cls_kwargs__={"table": True}, **fields)
    made = model.metadata.tables[table.name]
    made.dialect_options["sqlite"]["with_rowid"] = table.has_rowid
    for index in table.indexes:
        columns = (made.columns.get(each, text(each)) for each in index.columns)
        Index(index.name, *columns, sqlite_where=text(index.where) if index.where else None)
    return model


MODELS = {table.name: _model(table) for table in TABLES}
METADATA: MetaData = Model.metadata


def flaw(connection: sqlite3.Connection) -> str | None:
    """What is wrong with the tables of a database; None where they are as the models have them."""
    for table in METADATA.sorted_tables:
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


def _described(column: Column[Any]) -> tuple[str, bool, bool]:
    """Its type, whether it is never NULL, and whether it is of the primary key."""
    return str(column.type), not column.nullable, column.primary_key
