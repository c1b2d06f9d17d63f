"""How the store grows: a column stands in its noun's file and the schema, and in no other file of the store."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from mockcliq.store import models
from mockcliq.store.tables import CHAT_TABLES, TABLES, WORLD_TABLES
from tests.processes import ROOT

STORE = ROOT / "mockcliq" / "store"


@pytest.mark.parametrize("column", ["sender_name", "highlight", "bot_name", "bot_image_url"])
def test_a_column_of_message_stands_in_its_file_and_the_schema_alone(column: str) -> None:
    files = {each.name for each in STORE.iterdir() if each.is_file() and re.search(rf"\b{column}\b", each.read_text())}
    assert files == {"messages.py", "schema.sql"}


@pytest.mark.parametrize("file", sorted(STORE.glob("*.py")), ids=lambda file: file.stem)
def test_no_sql_has_numbered_parameters_which_python_3_12_warns_of(file: Path) -> None:
    """A sequence goes with `?`, a mapping with names: `?1` counts as a name, for which Python wants a mapping."""
    texts = [node.value for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant)]
    assert [text for text in texts if isinstance(text, str) and re.search(r"\?[0-9]", text)] == []


def test_each_table_is_a_model_with_the_columns_of_its_row() -> None:
    assert {name: list(model.model_fields) for name, model in models.MODELS.items()} == {
        table.name: list(table.row._fields) for table in TABLES
    }


def test_a_document_has_a_field_for_each_table_that_says_so() -> None:
    assert [table.field for table in WORLD_TABLES] == [
        "users",
        "bots",
        "statuses",
        "retired",
        "tokens",
        "clients",
        "refresh_tokens",
    ]
    assert [table.field for table in CHAT_TABLES] == [
        "chats",
        "participants",
        "messages",
        "pin",
        "aliases",
        "channel",
        "thread",
        "bot",
        "files",
    ]
