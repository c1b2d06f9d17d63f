"""Whatever a document says, a world says it again: loaded and dumped, and kept as text for a reset."""

from __future__ import annotations

from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given

from mockcliq.seeding.files import WorldFile, read_document, to_json
from mockcliq.store.database import Database
from mockcliq.store.dump import dump
from mockcliq.store.load import load
from tests.conftest import Running
from tests.control.worlds import make, settled
from tests.profiles import examples
from tests.schemas import world_file_schema
from tests.seeding.documents import documents


def dumped(world: WorldFile) -> dict[str, Any]:
    """The document of a store that this world was loaded into."""
    database = Database.private()
    try:
        with database.first_filling():
            load(database.connection, world)
        return {"mockcliq": 1, **dump(database.connection, largest_file=1000, all_files=10**9)}
    finally:
        database.close()


@pytest.fixture(scope="module")
def standing(_shared_documentation: Running) -> Running:
    """A server in whatever state it is; each example has a world of its own."""
    return _shared_documentation


def said_of(value: Any) -> Any:
    """A value without what says nothing, which a document leaves out."""
    if isinstance(value, dict):
        return {name: said for name, each in value.items() if (said := said_of(each)) is not None} or None
    return value or None


@given(documents())
def test_a_document_that_is_loaded_and_dumped_is_the_same_from_then_on(document: dict[str, Any]) -> None:
    world = read_document(orjson.dumps(document))
    once = dumped(world)
    jsonschema.validate(once, world_file_schema())
    assert dumped(read_document(orjson.dumps(once))) == once
    for said, kept in zip(document["chats"], once["chats"], strict=True):
        assert {message["id"] for message in said["messages"]} == {message["id"] for message in kept["messages"]}
        by_id = {message["id"]: message for message in kept["messages"]}
        for message in said["messages"]:
            kept_message = by_id[message["id"]]
            for name in ("text", "card", "slides", "buttons", "reactions", "reply_to", "info"):
                assert kept_message.get(name) == message.get(name), name
            if "file" in message:
                assert kept_message["file"].get("content") == message["file"].get("content")
                assert kept_message["file"]["id"] == message["file"]["id"]
        for name, value in said.get("channel", {}).items():
            if name != "roles":
                assert said_of(kept["channel"].get(name)) == said_of(value)


@given(documents())
def test_a_document_that_is_kept_as_text_is_read_again_as_it_was(document: dict[str, Any]) -> None:
    """A world too large for a copy goes back to what that text says."""
    world = read_document(orjson.dumps(document))
    assert read_document(to_json(world)) == world


@examples(30)
@given(documents())
def test_a_state_that_is_exported_and_imported_is_exported_again_as_it_was(
    standing: Running, document: dict[str, Any]
) -> None:
    world = make(standing, state=document)
    world.freeze()
    exported = settled(world)
    assert world.control("PUT", "/state", json=exported) == {"renamed_tokens": {}}
    world.freeze()
    assert settled(world) == exported
    world.control("POST", "/reset")
    world.freeze()
    assert settled(world) == exported
    standing.control("DELETE", f"/worlds/{world.id}")
