"""``POST /reset``: what it takes, and what it refuses. What it brings back is in ``tests.test_worlds``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Running, Serve

CHANNEL = "987000000654321"
PARTS = ["data", "tokens", "clock", "limits", "journal"]


def unpin(server: Running) -> None:
    """Change the data."""
    assert server.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204


def has_pin(server: Running) -> bool:
    """Whether the data is as at the start."""
    return bool(server.as_("owner").get(f"/chats/{CHANNEL}/stickymessage").json()["data"])


@pytest.mark.parametrize("body", [None, b"", b"{}", b"null"])
def test_without_a_choice_everything_is_reset(documentation: Running, body: bytes | None) -> None:
    unpin(documentation)
    headers = {"Content-Type": "application/json"}
    answer = documentation.http.post("/_mockcliq/reset", content=body, headers=headers)
    assert answer.status_code == 200
    assert set(PARTS) <= set(answer.json()["reset"])
    assert has_pin(documentation)


def test_the_parts_that_were_reset_are_told(documentation: Running) -> None:
    assert documentation.control("POST", "/reset", json={"what": ["clock", "limits"]}) == {"reset": ["clock", "limits"]}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_reset_alone(documentation: Running, part: str) -> None:
    unpin(documentation)
    assert documentation.control("POST", "/reset", json={"what": [part]}) == {"reset": [part]}
    assert has_pin(documentation) == (part == "data")


@pytest.mark.parametrize(
    "order",
    [
        {"what": ["chats"]},
        {"what": "data"},
        {"what": None},
        {"what": [None]},
        {"waht": ["data"]},
        [],
        ["data"],
        "data",
        1,
    ],
)
def test_an_order_that_will_not_do_is_refused_and_resets_nothing(documentation: Running, order: object) -> None:
    unpin(documentation)
    answer = documentation.http.post("/_mockcliq/reset", json=order)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert not has_pin(documentation)


def test_a_part_that_is_none_is_refused_with_those_that_are(documentation: Running) -> None:
    detail = documentation.http.post("/_mockcliq/reset", json={"what": ["chats"]}).json()["detail"]
    assert "what" in detail
    assert all(f"'{part}'" in detail for part in PARTS)


def test_a_reset_while_calls_are_made_leaves_the_world_whole(documentation: Running) -> None:
    for _ in range(10):
        unpin(documentation)
        documentation.control("POST", "/reset")
        assert has_pin(documentation)


def test_a_world_of_a_file_that_is_gone_is_reset_all_the_same_while_it_is_small(serve: Serve, tmp_path: Path) -> None:
    """Its start was kept."""
    file = tmp_path / "world.json"
    user = {"id": "1", "name": "A", "email": "a@b.test", "role": "owner"}
    chat = {"id": "5", "type": "chat", "creator": "1", "created": 0, "participants": [{"user": "1"}]}
    file.write_text(json.dumps({"mockcliq": 1, "users": [user], "chats": [chat]}))
    server = serve(world=str(file))
    file.unlink()
    assert server.as_("owner").post("/chats/5/leave").status_code == 204
    server.control("POST", "/reset", json={"what": ["data"]})
    assert [row["chat_id"] for row in server.as_("owner").chats()] == ["5"]


def test_a_world_in_a_database_whose_file_is_gone_says_so_and_stays_as_it_is(serve: Serve, tmp_path: Path) -> None:
    """It would have to be read again."""
    file = tmp_path / "world.json"
    user = {"id": "1", "name": "A", "email": "a@b.test", "role": "owner"}
    chats = [
        {"id": number, "type": "chat", "creator": "1", "created": 0, "participants": [{"user": "1"}]} for number in "56"
    ]
    file.write_text(json.dumps({"mockcliq": 1, "users": [user], "chats": chats}))
    server = serve(world=str(file), database=tmp_path / "cliq.db")
    file.unlink()
    owner = server.as_("owner")
    assert owner.post("/chats/5/leave").status_code == 204
    answer = server.http.post("/_mockcliq/reset", json={"what": ["data"]})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert str(file) in answer.json()["detail"]
    assert [row["chat_id"] for row in owner.chats()] == ["6"]
    assert owner.post("/chats/6/leave").status_code == 204
