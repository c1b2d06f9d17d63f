"""``GET`` and ``PUT /state``: a world as a document, and back again."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from mockcliq.settings import Settings
from tests.conftest import Cliq, Running, Serve, running
from tests.control.worlds import Made, default_of, make, refusal, settled, shown, told, unlimited
from tests.profiles import examples
from tests.reference import EMULATED

CHANNEL = "CT_2243173626687865223_P87610291-C4"
SCOPES = ["ZohoCliq.Chats.READ", "ZohoCliq.Chats.UPDATE"]
USER = {"id": "1", "name": "Ann", "email": "ann@x.test", "active": True, "role": "owner"}
WORLD: dict[str, Any] = {"mockcliq": 1, "users": [USER]}


@pytest.fixture(scope="module")
def standing(_shared_documentation: Running) -> Running:
    """A server in whatever state it is; each example has a world of its own."""
    return _shared_documentation


def put(world: Made, document: Any) -> Any:
    """Import a document, which must work."""
    return world.control("PUT", "/state", json=document)


def renamed(document: dict[str, Any], of: str, to: str) -> dict[str, Any]:
    """A document as another world would have it."""
    text = re.sub(rf'"(100[01])\.{re.escape(of)}\.', rf'"\1.{to}.', json.dumps(document))
    text = text.replace(f'"name": "{of}"', f'"name": "{to}"')
    there: dict[str, Any] = json.loads(text)
    return there


@pytest.mark.parametrize("name", ["demo", "documentation", "empty"])
def test_an_export_that_is_imported_exports_the_same(documentation: Running, name: str) -> None:
    world = unlimited(make(documentation, world=name))
    world.freeze()
    document, lists = settled(world), shown(world)
    assert put(world, document) == {"renamed_tokens": {}}
    world.freeze()
    assert settled(world) == document
    assert shown(unlimited(world)) == lists
    assert world.as_("expired").get("/chats").status_code == 401


def test_the_default_world_s_export_is_imported_as_it_is(serve: Serve) -> None:
    """On a server of its own: the start of the world is another from then on."""
    server = serve(world="documentation")
    world = default_of(server)
    world.freeze()
    document = settled(world)
    assert put(world, document) == {"renamed_tokens": {}}
    world.freeze()
    assert settled(world) == document
    assert server.as_("owner").chats()


def test_in_another_world_the_tokens_get_its_own_names_and_work(documentation: Running) -> None:
    one, other = make(documentation, world="documentation"), make(documentation, world="empty")
    one.freeze()
    minted = one.control("POST", "/tokens", json={"scopes": SCOPES})["token"]
    document = settled(one)
    names = put(other, document)["renamed_tokens"]
    own = [*document["tokens"], *document["refresh_tokens"]]
    assert set(names) == {each["token"] for each in own}
    assert names[f"1000.{one.id}.owner"] == f"1000.{other.id}.owner"
    assert names[minted] == minted.replace(one.id, other.id)
    other.freeze()
    assert settled(other) == renamed(document, one.id, other.id)
    assert Cliq(documentation, names[minted]).get("/chats").content == one.as_("owner").get("/chats").content
    assert shown(other) == shown(one)
    assert documentation.control("GET", f"/worlds/{other.id}")["renamed_tokens"] == names


def test_when_its_world_has_ended_a_document_keeps_its_tokens(documentation: Running) -> None:
    document = make(documentation, id="ended", world="documentation").control("GET", "/state")
    documentation.control("DELETE", "/worlds/ended")
    other = make(documentation, state=document)
    assert other.answer["renamed_tokens"] == {}
    kept = Cliq(documentation, "1000.ended.owner")
    assert kept.get("/chats").content == other.as_("owner").get("/chats").content
    documentation.control("DELETE", f"/worlds/{other.id}")
    assert refusal(kept.get("/chats")) == (401, "token_unknown")


@pytest.mark.parametrize("mode", ["real", "frozen", "offset"])
def test_the_clock_of_an_import_starts_where_the_export_stood(documentation: Running, mode: str) -> None:
    world, other = (make(documentation, world="empty") for _ in range(2))
    now = {} if mode == "real" else {"now": "2033-03-03T03:03:03.003Z"}
    world.control("PUT", "/clock", json={"mode": mode, **now})
    document = world.control("GET", "/state")
    put(other, document)
    clock = other.control("GET", "/clock")
    if mode == "real":
        assert (document["starts_at"], clock["mode"]) == (None, "real")
    else:
        assert document["starts_at"].startswith("2033-03-03T03:03:0")
        assert clock["mode"] == "offset"
        assert clock["now"].startswith("2033-03-03T03:03:")
    other.freeze("2001-01-01")
    other.control("POST", "/reset")
    assert other.control("GET", "/clock")["mode"] == ("real" if mode == "real" else "offset")


def test_offset_aliases_clients_and_refresh_tokens_are_in_it(documentation: Running) -> None:
    client = {"client_id": "c", "client_secret": "s", "redirect_uris": ["http://a.test/x", "http://b.test"]}
    refresh = {"token": "1000.r", "client": "c", "user": "1", "scopes": SCOPES}
    token = {"token": "1000.t", "user": "1", "scopes": SCOPES, "revoked": False, "refresh_token": "1000.r"}
    chat: dict[str, Any] = {"id": "5", "type": "chat", "name": "n", "creator": "1", "created": 0}
    message = {"id": "1_2", "sender": "1", "text": "x", "time": "2025-06-01T00:00:00.000Z"}
    chat |= {"participants": ["1"], "aliases": ["five", "fünf"], "messages": [message]}
    document = WORLD | {"utc_offset": "+05:45", "clients": [client], "refresh_tokens": [refresh], "tokens": [token]}
    world = make(documentation, state=document | {"chats": [chat]})
    other = make(documentation, state=world.control("GET", "/state"))
    for each in (world, other):
        exported = each.control("GET", "/state")
        assert exported["utc_offset"] == "+05:45"
        assert exported["clients"] == [client]
        assert exported["chats"][0]["aliases"] == ["five", "fünf"]
        assert each.as_("owner").get("/chats/five/members").status_code == 200
        assert each.as_("owner").chats()[0]["creation_time"].endswith("+05:45")
        assert exported["tokens"][0]["refresh_token"] == exported["refresh_tokens"][0]["token"]
    assert other.answer["renamed_tokens"]["1000.r"] == f"1000.{other.id}.r"


def test_yaml_is_read_as_well(documentation: Running) -> None:
    world = make(documentation, world="empty")
    text = "mockcliq: 1\nusers: [{id: 1, name: Ann, email: ann@x.test}]\nchats: []\n"
    assert world.control("PUT", "/state", content=text) == {"renamed_tokens": {}}
    assert [user["name"] for user in world.control("GET", "/users")["users"]] == ["Ann"]


MARK = "unmistakable"
MARKED: dict[str, Any] = WORLD | {
    "chats": [
        {
            "id": "5",
            "type": "chat",
            "creator": "1",
            "created": 0,
            "participants": ["1"],
            "messages": [{"id": "1_2", "sender": "1", "text": MARK, "time": 1}],
        }
    ]
}
MARKED_YAML = f"""
mockcliq: 1
users: [{{id: 1, name: Ann, email: ann@x.test}}]
chats:
  - {{id: 5, type: chat, creator: 1, created: 0, participants: [1],
     messages: [{{id: 1_2, sender: 1, text: {MARK}, time: 1}}]}}
"""


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the marked document is parsed, validated or written out, in this process and so by its servers."""
    counts: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counted(*given: Any, **more: Any) -> Any:
            result = original(*given, **more)
            counts[f"{owner.__name__}.{name}"] += MARK in repr((given, result))
            return result

        monkeypatch.setattr(owner, name, counted)

    for owner in (json, orjson):
        count(owner, "loads")
        count(owner, "dumps")
    count(yaml, "load")
    for name in ("validate_python", "validate_json", "dump_python", "dump_json"):
        count(TypeAdapter, name)
    count(BaseModel, "model_validate_json")
    return counts


@pytest.mark.parametrize(
    ("method", "path", "content", "parsers"),
    [
        ("PUT", "/worlds/counted/state", json.dumps(MARKED), ["orjson.loads", "json.loads"]),
        ("PUT", "/worlds/counted/state", MARKED_YAML, ["yaml.load"]),
        ("POST", "/worlds", json.dumps({"state": MARKED}), ["orjson.loads", "json.loads"]),
    ],
    ids=["PUT JSON", "PUT YAML", "POST"],
)
def test_an_import_is_parsed_once_validated_once_and_written_out_once(
    documentation: Running, work: Counter[str], method: str, path: str, content: str, parsers: list[str]
) -> None:
    """Written out for a reset that has no copy to go back to; the standard parser only counts an object's keys."""
    if path != "/worlds":
        make(documentation, id="counted", world="empty")
    work.clear()
    assert documentation.http.request(method, f"/_mockcliq{path}", content=content.encode()).is_success
    # The chats of a document are written in pieces beside the rest of it: of a small one, in one.
    expected = {**dict.fromkeys([*parsers, "TypeAdapter.validate_python"], 1), "TypeAdapter.dump_json": 2}
    assert +work == expected
    if path != "/worlds":
        documentation.control("POST", "/worlds/counted/reset")
        assert work.total() == sum(expected.values())
        documentation.control("DELETE", "/worlds/counted")


def test_a_file_keeps_an_imported_document_beside_the_recipe_and_not_within_it(file: Path) -> None:
    with running(Settings(world="documentation", database=file)) as server:
        server.control("PUT", "/state", json=MARKED)
    with closing(sqlite3.connect(file)) as database:
        kept = {name: json.loads(value) for name, value in database.execute("SELECT name, value FROM property")}
    assert set(kept) == {"recipe", "document", "utc_offset_s", "starts_at", "clock"}
    assert set(kept["recipe"]) == {"world", "seed", "users", "chats", "messages", "present", "weeks"}
    assert kept["document"]["chats"][0]["messages"][0]["text"] == MARK


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "key"),
    [
        (b"", "mockcliq"),
        (b"null", "mockcliq"),
        (b"[]", "mockcliq"),
        (b"{}", "mockcliq"),
        (b"{", "JSON"),
        (b"\xff\xff", "neither JSON nor YAML: no text in UTF-8"),
        (b"a: b: c", "line 1"),
        (json.dumps(WORLD | {"colour": 1}).encode(), "colour"),
        (json.dumps(WORLD | {"users": [USER, USER]}).encode(), "users"),
        (json.dumps(WORLD | {"users": [USER | {"role": "king"}]}).encode(), "users[0].role"),
        (json.dumps(WORLD | {"utc_offset": "+25:00"}).encode(), "utc_offset"),
        (json.dumps(WORLD | {"tokens": [{"token": "t"}]}).encode(), "tokens[0]"),
        (json.dumps(WORLD | {"refresh_tokens": [{"token": "t", "client": "c"}]}).encode(), "refresh_tokens[0]"),
    ],
)
def test_a_document_that_will_not_do_changes_nothing(documentation: Running, document: bytes, key: str) -> None:
    world = make(documentation, world="documentation")
    world.freeze()
    world.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage")
    world.control("POST", "/faults", json={"match": {"operation": "mute_chat"}, "then": {"status": 500}})
    before = settled(world), world.control("GET", "/limits"), world.control("GET", "/faults")
    status, detail = told(world.call("PUT", "/state", content=document))
    assert (status, key in detail, "\n" in detail) == (422, True, False), detail
    assert (settled(world), world.control("GET", "/limits"), world.control("GET", "/faults")) == before


def test_an_import_begins_limits_faults_and_clock_anew_and_a_reset_goes_there(documentation: Running) -> None:
    world = make(documentation, world="documentation")
    world.freeze()
    chat = {"id": "9", "type": "chat", "name": "Nine", "creator": "1", "created": 0, "participants": ["1"]}
    world.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats", "lock": True, "user": "631830849"})
    world.control("PUT", "/limits", json={"threshold": 1})
    world.control("POST", "/faults", json={"then": {"status": 500}})
    assert put(world, WORLD | {"chats": [chat]}) == {"renamed_tokens": {}}
    assert world.control("GET", "/faults") == {"faults": []}
    assert {each["operation"]: each["threshold"] for each in world.control("GET", "/limits")["limits"]} == {
        each.name: each.threshold for each in EMULATED
    }
    assert world.control("GET", "/clock")["mode"] == "real"
    assert refusal(world.as_("outsider").get("/chats")) == (401, "token_unknown")
    for _ in range(2):
        assert world.as_("owner").post("/chats/9/leave").status_code == 204
        assert world.as_("owner").chats() == []
        world.control("POST", "/reset")
        assert [chat["name"] for chat in world.as_("owner").chats()] == ["Nine"]


def test_whatever_was_arranged_can_be_imported(documentation: Running) -> None:
    """People added and activated, messages of one millisecond, tokens of people who came with a reset and went."""
    world = make(documentation, world="documentation")
    world.freeze()
    new = world.control("POST", "/users", json={"name": "New"})["id"]
    world.control("POST", "/tokens", json={"user": new})
    world.control("POST", "/reset", json={"what": ["data"]})
    world.freeze()
    gone = next(user["id"] for user in world.answer["users"] if user["role"] == "deactivated")
    world.control("PATCH", f"/users/{gone}", json={"active": True})
    owner = next(user["id"] for user in world.answer["users"] if user["role"] == "owner")
    chat = world.control("POST", "/chats", json={"type": "dm", "members": [owner, gone]})["id"]
    for number in range(12):
        world.control("POST", f"/chats/{chat}/messages", json={"sender": owner, "text": f"No. {number}"})
    document, lists = settled(world), shown(world)
    put(world, document)
    world.freeze()
    assert shown(world) == lists
    assert settled(world) == document
    assert world.as_("owner").chats()[0]["last_message_info"]["text"] == "No. 11"
    texts = [each["text"] for each in world.control("GET", f"/chats/{chat}/messages")["messages"]]
    assert texts == [f"No. {number}" for number in range(12)]


@pytest.mark.slow
def test_a_large_document_keeps_nobody_waiting(documentation: Running) -> None:
    """By the order of events: others are served while it is read."""
    world = make(documentation, world="empty")
    chats = [
        {"id": str(n), "type": "chat", "creator": "1", "created": n, "participants": ["1"], "messages": []}
        for n in range(1, 5001)
    ]
    content = json.dumps(WORLD | {"chats": chats}).encode()
    answers: list[httpx.Response] = []
    served = 0
    with httpx.Client(trust_env=False, timeout=60) as client:
        url = f"{world.answer['control_url']}/state"
        importing = threading.Thread(target=lambda: answers.append(client.put(url, content=content)))
        importing.start()
        while not answers:
            assert documentation.as_("owner").get("/chats/1/members", headers={"Prefer": "code=404"}).status_code == 404
            served += not answers
        importing.join()
    assert answers[0].status_code == 200, answers[0].text
    assert served > 1
    assert len(world.control("GET", "/state")["chats"]) == 5000


# Any world that can be written down

_IDS = st.integers(1, 12).map(str)
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
_DRAFTS = st.none() | _TEXT
_MOMENTS = st.integers(1_700_000_000_000, 1_700_000_000_003)


@st.composite
def _documents(draw: st.DrawFn) -> dict[str, Any]:
    people = draw(st.lists(_IDS, min_size=1, max_size=5, unique=True))
    person = st.sampled_from(people)
    users = [
        {"id": each, "name": draw(_TEXT), "email": f"{each}@x.test", "active": draw(st.booleans()) or number == 0}
        for number, each in enumerate(people)
    ]
    tokens = [
        {"token": f"t{number}", "user": draw(person), "scopes": SCOPES[: draw(st.integers(0, 2))]}
        | draw(st.sampled_from([{}, {"revoked": True}, {"expires": 1_700_000_000_000}]))
        for number in range(draw(st.integers(0, 3)))
    ]
    chats = []
    for number in range(draw(st.integers(0, 4))):
        members = draw(st.lists(person, min_size=1, max_size=5, unique=True))
        messages = [
            {"id": f"{time}_{index}", "sender": draw(person), "text": draw(_TEXT), "time": time}
            for index, time in enumerate(draw(st.lists(_MOMENTS, max_size=12)))
        ]
        chat: dict[str, Any] = {
            "id": f"C_{number}",
            "type": "dm" if len(members) == 2 and draw(st.booleans()) else draw(st.sampled_from(["chat", "channel"])),
            "name": draw(_TEXT),
            "creator": draw(person),
            "created": draw(_MOMENTS),
            "aliases": [f"A_{number}"] * draw(st.integers(0, 1)),
            "participants": [
                {
                    "user": each,
                    "muted": draw(st.booleans()),
                    "pinned": draw(st.booleans()),
                    "draft": draw(st.none() | _TEXT),
                }
                for each in members
            ],
            "messages": messages,
        }
        is_pinned = draw(st.booleans())
        if messages and is_pinned:
            pin = {"message": draw(st.sampled_from(messages))["id"], "creator": draw(person)}
            chat["pin"] = pin | {"created": 5, "modified": 6, "expires": draw(st.none() | st.integers(10**12, 10**13))}
        chats.append(chat)
    return {"mockcliq": 1, "starts_at": 1_700_000_000_000, "users": users, "tokens": tokens, "chats": chats}


def test_an_export_says_what_its_import_said_and_no_more(documentation: Running) -> None:
    """Of a message without a name, a change and a type of its own it has none; another round changes nothing."""
    said = {"sender": "1", "text": "x" * 60, "time": "2023-11-14T22:13:20.000Z"}
    written = [{"id": f"1700000000000_{number}", **said} for number in range(1000, 2000)]
    written[7] |= {"sender_name": "Ada B.", "modified": "2023-11-15T00:00:00.000Z", "type": "info"}
    chat = {"id": "7001", "type": "chat", "name": "Kiln", "creator": "1", "created": said["time"]}
    people = [{"id": "1", "name": "Ada", "email": "ada@kiln.test"}]
    chats = [{**chat, "participants": [{"user": "1"}], "messages": written}]
    world = make(documentation, state={"mockcliq": 1, "users": people, "chats": chats})
    exported = world.control("GET", "/state")
    assert exported["chats"][0]["messages"] == written
    put(world, exported)
    assert world.control("GET", "/state") == exported


@given(document=_documents())
@examples(40)
def test_every_document_comes_back_as_what_it_says(standing: Running, document: dict[str, Any]) -> None:
    """And what it shows is the same after another round."""
    world = unlimited(make(standing, state=document))
    world.freeze()
    exported, lists = settled(world), shown(world)
    assert [(each["id"], each["name"]) for each in exported["users"]] == [
        (each["id"], each["name"]) for each in document["users"]
    ]
    for chat, original in zip(exported["chats"], document["chats"], strict=True):
        assert chat["participants"] == [
            {key: value for key, value in each.items() if value not in (None, False)}
            for each in original["participants"]
        ]
        assert {each["id"]: each["text"] for each in chat["messages"]} == {
            each["id"]: each["text"] for each in original["messages"]
        }
        assert chat.get("pin", {}).get("message") == original.get("pin", {}).get("message")
    put(world, exported)
    world.freeze()
    assert settled(world) == exported
    assert shown(unlimited(world)) == lists
    standing.control("DELETE", f"/worlds/{world.id}")
