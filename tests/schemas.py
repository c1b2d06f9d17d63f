"""The two schemas that follow from the code: that of world files, and that of databases."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from mockcliq.seeding.files import WorldFile
from mockcliq.store.models import METADATA


def world_file_schema() -> dict[str, Any]:
    """The JSON Schema of a world file."""
    schema = TypeAdapter(WorldFile).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "A MockCliq world",
        "properties": {"$schema": {"type": "string"}, **schema["properties"]},
    }


def database_schema() -> str:
    """What `schema.sql` says: every table, then every index, each statement ended by a semicolon and a line."""
    tables = METADATA.sorted_tables
    indexes = sorted((index for table in tables for index in table.indexes), key=lambda index: str(index.name))
    dialect = sqlite.dialect()
    statements = (
        *(CreateTable(table).compile(dialect=dialect) for table in tables),
        *(CreateIndex(index).compile(dialect=dialect) for index in indexes),
    )
    return "".join(f"{_tidied(str(each))};\n" for each in statements)


def _tidied(statement: str) -> str:
    return "\n".join(line.rstrip().replace("\t", "    ") for line in statement.strip().splitlines())
