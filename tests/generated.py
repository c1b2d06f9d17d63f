"""What follows from the code and from the last benchmarks, the README's tables and two schemas.

`python -m tests.generated` writes it anew.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from benchmarks.report import Report
from mockcliq.app import APIS
from mockcliq.contract.api import Register
from mockcliq.seeding.files import WorldFile
from mockcliq.settings import setting_list
from mockcliq.store.models import METADATA

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
SCHEMA = ROOT / "fixtures" / "worlds" / "world.schema.json"
DATABASE_SCHEMA = ROOT / "mockcliq" / "store" / "schema.sql"


def operations_table() -> str:
    """The contract of each operation."""
    rows = ["| operation | method, path | scope | threshold, lock | success |", "|---|---|---|---|---|"]
    for each in Register(APIS).documented:
        limit = "none"
        if each.limit is not None:
            lock = "none" if each.limit.lock_ms is None else f"{each.limit.lock_ms / 60_000:g} min"
            limit = f"{each.limit.calls} in {each.limit.window_ms / 1000:g} s, {lock}"
        scope = " or ".join(map(str, each.scopes))
        rows.append(f"| `{each.label}` | {each.method} {each.path} | {scope} | {limit} | {each.success} |")
    return "\n".join(rows)


def settings_table() -> str:
    """Every setting."""
    rows = ["| variable | flag | default | what |", "|---|---|---|---|"]
    for each in setting_list():
        flag = "" if each.is_secret else f"`{each.flag}`"
        default = "" if each.default is None else f"`{each.default}`"
        rows.append(f"| `{each.variable}` | {flag} | {default} | {each.description} |")
    return "\n".join(rows)


def with_tables(text: str) -> str:
    """The README with these parts as they should be."""
    tables = {
        "operations": operations_table(),
        "settings": settings_table(),
        "speed": Report.read(RESULTS).as_markdown(),
    }
    for name, table in tables.items():
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", rf"\g<1>{table}\n\g<2>", text, flags=re.DOTALL)
    return text


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


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
    SCHEMA.write_text(json.dumps(world_file_schema(), indent=2) + "\n")
    DATABASE_SCHEMA.write_text(database_schema())
