"""World files of one's own: what they may say, how exact it stays, and how a mistake in one is told."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.seeding.errors import BadWorld
from mockcliq.seeding.files import WorldFile, read_world_file
from mockcliq.store.database import Database
from mockcliq.store.load import load
from tests.conftest import Serve
from tests.processes import folder_for_all, programs
from tests.profiles import examples
from tests.schemas import world_file_schema

WORLDS = Path(__file__).parents[2] / "fixtures" / "worlds"
SCHEMA = WORLDS / "world.schema.json"

CLUB: dict[str, Any] = {
    "mockcliq": 1,
    "name": "chess club",
    "starts_at": "2025-03-01T12:00:00+01:00",
    "utc_offset": "+01:00",
    "users": [
        {"id": "0071", "name": "Magnus", "email": "magnus@chess.test", "role": "owner"},
        {"id": "9223372036854775807", "name": "Judit", "email": "judit@chess.test", "role": "member"},
        {"id": "no", "name": "true story", "email": "anatoly@chess.test", "active": False, "role": "deactivated"},
        {"id": "2024-01-31", "name": "null and void", "email": "vera@chess.test"},
    ],
    "tokens": [
        {
            "token": "1000.chess.judit",
            "user": "9223372036854775807",
            "scopes": ["ZohoCliq.Chats.READ"],
            "expires": "2025-03-01T13:00:00+01:00",
        }
    ],
    "chats": [
        {
            "id": "0042",
            "type": "chat",
            "name": "1e3",
            "creator": "0071",
            "created": "2024-12-24",
            "participants": [
                {"user": "0071", "pinned": True, "draft": "e5"},
                {"user": "2024-01-31", "muted": True},
                {"user": "no"},
            ],
            "messages": [
                {
                    "id": "1740000000000_2",
                    "sender": "2024-01-31",
                    "sender_name": "Vera M.",
                    "text": "off",
                    "time": 1740000000000,
                    "modified": 1740000000001,
                },
                {
                    "id": "1735000000000_1",
                    "sender": "0071",
                    "text": "12:30:45",
                    "time": 1735000000000,
                    "highlight": True,
                    "bot": {"name": "Clock", "image_url": "https://chess.test/clock.png"},
                },
            ],
            "pin": {
                "message": "1735000000000_1",
                "creator": "no",
                "created": 1740000000002,
                "modified": 1740000000003,
                "expires": 1900000000000,
            },
            "aliases": ["00042", "CT_7"],
        },
        {"id": "1234567890123456789", "type": "dm", "creator": "no", "created": 0, "participants": ["0071", "no"]},
    ],
}
"""An example with every key that a world file may have, and ids that careless readers of YAML spoil."""

CLUB_IN_YAML = """\
# The same world as CLUB, as a person would write it: no quotes where YAML can do without.
mockcliq: 1
name: chess club
starts_at: 2025-03-01T12:00:00+01:00
utc_offset: +01:00
users:
  - {id: 0071, name: Magnus, email: magnus@chess.test, role: owner}
  - {id: 9223372036854775807, name: Judit, email: judit@chess.test, role: member}
  - {id: no, name: true story, email: anatoly@chess.test, active: false, role: deactivated}
  - {id: 2024-01-31, name: null and void, email: vera@chess.test}
tokens:
  - token: 1000.chess.judit
    user: 9223372036854775807
    scopes: [ZohoCliq.Chats.READ]
    expires: 2025-03-01T13:00:00+01:00
chats:
  - id: 0042
    type: chat
    name: 1e3
    creator: 0071
    created: 2024-12-24
    participants:
      - {user: 0071, pinned: true, draft: e5}
      - {user: 2024-01-31, muted: true}
      - user: no
    messages:
      - id: 1740000000000_2
        sender: 2024-01-31
        sender_name: Vera M.
        text: off
        time: 1740000000000
        modified: 1740000000001
      - id: 1735000000000_1
        sender: 0071
        text: 12:30:45
        time: 1735000000000
        highlight: true
        bot: {name: Clock, image_url: 'https://chess.test/clock.png'}
    pin:
      message: 1735000000000_1
      creator: no
      created: 1740000000002
      modified: 1740000000003
      expires: 1900000000000
    aliases: [00042, CT_7]
  - id: 1234567890123456789
    type: dm
    creator: no
    created: 0
    participants: [0071, no]
"""

SMALLEST: dict[str, Any] = {"mockcliq": 1, "users": []}


def written(folder: Path, world: object, name: str = "world.json") -> Path:
    """The world as a file: text and bytes as they are, anything else as JSON."""
    file = folder / name
    if isinstance(world, bytes):
        file.write_bytes(world)
    else:
        file.write_text(world if isinstance(world, str) else json.dumps(world), "utf-8")
    return file


def refusal(file: Path) -> str:
    """What a bad file is refused with, after its name; always one line."""
    with pytest.raises(BadWorld) as refused:
        read_world_file(file)
    assert str(refused.value).startswith(f"{file}: ")
    rest = str(refused.value).removeprefix(f"{file}: ")
    assert len(rest.splitlines()) == 1
    return rest


def changed(original: dict[str, Any] | None = None, /, **places: object) -> dict[str, Any]:
    """The club, or another, with some values changed; a place is written ``chats__0__pin`` for ``chats[0].pin``."""
    world = copy.deepcopy(CLUB if original is None else original)
    for place, value in places.items():
        *way, last = (int(part) if part.isdigit() else part for part in place.split("__"))
        inner: Any = world
        for key in way:
            inner = inner[key]
        inner[last] = value
    return world


# A world of one's own


@pytest.mark.parametrize(
    ("name", "text"), [("club.json", json.dumps(CLUB)), ("club.yaml", CLUB_IN_YAML), ("club.yml", CLUB_IN_YAML)]
)
def test_a_file_of_one_s_own_is_served(tmp_path: Path, serve: Serve, name: str, text: str) -> None:
    server = serve(world=str(written(tmp_path, text, name)))
    magnus = server.as_("owner")
    server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-03-01T12:30:00+01:00"})
    assert magnus.get("/chats").json() == {
        "chats": [
            {
                "name": "1e3",
                "creation_time": "2024-12-24T01:00:00+01:00",
                "creator_id": "0071",
                "last_modified_time": "2024-12-24T01:00:00+01:00",
                "removed": False,
                "recipients_summary": [
                    {"user_id": "2024-01-31", "name": "null and void"},
                    {"user_id": "no", "name": "true story"},
                ],
                "chat_type": "chat",
                "chat_id": "0042",
                "last_message_info": {
                    "sender_id": "2024-01-31",
                    "message_type": "text",
                    "time": "2025-02-19T22:20:00+01:00",
                    "text": "off",
                    "sender_name": "Vera M.",
                },
                "pinned": True,
                "participant_count": 3,
            },
            {
                "name": "true story",
                "creation_time": "1970-01-01T01:00:00+01:00",
                "creator_id": "no",
                "last_modified_time": "1970-01-01T01:00:00+01:00",
                "removed": False,
                "recipients_summary": [{"user_id": "no", "name": "true story"}],
                "chat_type": "dm",
                "chat_id": "1234567890123456789",
                "pinned": False,
                "participant_count": 2,
            },
        ]
    }
    assert [row["chat_id"] for row in magnus.chats(drafts="true")] == ["0042"]
    pinned = magnus.get("/chats/CT_7/stickymessage").json()["data"]
    assert (pinned["chat_id"], pinned["creator"]) == ("0042", {"name": "true story", "id": "no"})
    assert (pinned["message"]["msg"], pinned["expiry_time"]) == ("12:30:45", 1900000000000)
    assert magnus.get("/chats/00042/stickymessage").json()["data"] == pinned
    assert server.as_("member").get("/chats").json() == {"chats": []}
    assert server.as_("deactivated").get("/chats").status_code == 403


def test_a_token_of_a_file_is_good_until_it_expires(tmp_path: Path, serve: Serve) -> None:
    server = serve(world=str(written(tmp_path, CLUB)))
    headers = {"Authorization": "Bearer 1000.chess.judit"}
    server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-03-01T12:59:59+01:00"})
    assert server.http.get("/api/v2/chats", headers=headers).status_code == 200
    assert server.http.post("/api/v2/chats/0042/mute", headers=headers).status_code == 403
    server.advance(seconds=1)
    assert server.http.get("/api/v2/chats", headers=headers).status_code == 401


def test_the_clock_of_a_file_starts_where_it_says_and_runs(tmp_path: Path, serve: Serve) -> None:
    clock = serve(world=str(written(tmp_path, CLUB))).control("GET", "/clock")
    assert (clock["mode"], clock["now"][:16]) == ("offset", "2025-03-01T11:00")
    assert serve(world=str(written(tmp_path, SMALLEST, "other.json"))).control("GET", "/clock")["mode"] == "real"


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    assert read_world_file(written(tmp_path, CLUB_IN_YAML, "club.yaml")) == read_world_file(written(tmp_path, CLUB))


@pytest.mark.parametrize(
    "exact",
    [
        "007",
        "0o17",
        "0x1F",
        "1_000",
        "1e3",
        "12345678901234567890123",
        "1234567890123456789",
        "no",
        "NO",
        "Yes",
        "on",
        "off",
        "y",
        "n",
        "True",
        "Null",
        "2024-01-31",
        "2024-01-31T10:00:00Z",
        "12:30:45",
        "1.50",
        ".inf",
        ".nan",
        "-7",
        "+7",
        "nobody",
        "nullify",
        "~home",
        "trueblue",
        "falsehood",
        "<<",
        "=",
    ],
)
def test_an_id_in_yaml_is_the_text_that_stands_there(tmp_path: Path, exact: str) -> None:
    world = f"mockcliq: 1\nusers:\n  - id: {exact}\n    name: {exact}\n    email: {exact}\n"
    (user,) = read_world_file(written(tmp_path, world, "world.yaml")).users
    assert (user.id, user.name, user.email) == (exact, exact, exact)


MERGED = """\
mockcliq: 1
users:
  - &ann {id: 1, name: Ann, email: ann@chess.test, active: true}
  - &ben {<<: *ann, id: 2, name: Ben, email: ben@chess.test}
  - {id: 3, <<: [{email: cid@chess.test, active: false}, *ben]}
  - {<<: {<<: [*ben, *ann], email: dot@chess.test}, "id": 4}
"""


def test_merge_keys_of_yaml_are_merged(tmp_path: Path) -> None:
    """Nested and in lists: an object's own keys go first, then the earlier ones of the list."""
    users = read_world_file(written(tmp_path, MERGED, "merged.yaml")).users
    assert [(user.id, user.name, user.email, user.active) for user in users] == [
        ("1", "Ann", "ann@chess.test", True),
        ("2", "Ben", "ben@chess.test", True),
        ("3", "Ben", "cid@chess.test", False),
        ("4", "Ben", "dot@chess.test", True),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, json.dumps(CLUB, indent=1)) for name in ("dump.json", "dump.JSON", "dump.yaml", "dump", "dump.txt")),
        *((name, CLUB_IN_YAML) for name in ("hand.yaml", "hand.YML", "hand", "hand.txt")),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_is_known_by_its_content(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    assert read_world_file(written(tmp_path, text.encode(encoding), name)) == read_world_file(written(tmp_path, CLUB))


@pytest.mark.parametrize("name", ["dump", "dump.JSON", "dump.yaml", "dump.txt"])
def test_json_is_never_parsed_as_yaml_which_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("yaml.load", None)
    file = written(tmp_path, b"\xef\xbb\xbf \n" + json.dumps(CLUB).encode(), name)
    assert read_world_file(file) == read_world_file(written(tmp_path, CLUB))


def test_a_number_in_json_is_its_digits(tmp_path: Path) -> None:
    """An id of 19 digits is too long for a float: it comes through whole."""
    world = '{"mockcliq": 1, "users": [{"id": 9223372036854775807, "name": "A", "email": "a@b.test"}]}'
    assert read_world_file(written(tmp_path, world)).users[0].id == "9223372036854775807"


def test_the_first_active_user_is_the_owner_where_nobody_is_said_to_be(tmp_path: Path) -> None:
    world = changed(users__0__active=False, users__0__role=None, users__1__role=None)
    roles = {user.id: user.role for user in read_world_file(written(tmp_path, world)).users}
    assert roles == {"0071": None, "9223372036854775807": "owner", "no": "deactivated", "2024-01-31": None}


def test_who_is_the_deactivated_person_cannot_be_active(tmp_path: Path) -> None:
    file = written(tmp_path, changed(users__2__active=True))
    assert refusal(file) == "users[2].active: want false for the role deactivated"


def test_the_fixed_tokens_of_the_roles_are_there_and_a_file_may_redefine_them(tmp_path: Path) -> None:
    own = {"token": "1000.mockcliq.member", "user": "0071", "scopes": []}
    tokens = {token.token: token for token in read_world_file(written(tmp_path, changed(tokens=[own]))).tokens}
    assert set(tokens) == {
        f"1000.mockcliq.{label}" for label in ("owner", "member", "readonly", "expired", "revoked", "deactivated")
    } | {"1001.mockcliq.webhook"}
    assert (tokens["1000.mockcliq.member"].user, tokens["1000.mockcliq.owner"].user) == ("0071", "0071")


def test_a_file_may_name_its_schema(tmp_path: Path) -> None:
    """Editors check a file while it is written, then."""
    assert read_world_file(written(tmp_path, {"$schema": "world.schema.json", **SMALLEST})).users == []


# The schema


def test_the_schema_in_the_fixtures_is_the_one_that_the_program_checks_by() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == world_file_schema()


@pytest.mark.parametrize("name", ["documentation.json", "empty.json"])
def test_the_named_worlds_fit_the_schema(name: str) -> None:
    check(json.loads((WORLDS / name).read_text("utf-8")))


@pytest.mark.parametrize(
    "world", [CLUB, SMALLEST, {"$schema": "world.schema.json", **SMALLEST}], ids=["club", "smallest", "$schema"]
)
def test_what_is_served_fits_the_schema(world: object) -> None:
    check(world)


def test_ids_as_numbers_fit_the_schema() -> None:
    """As an editor reads `id: 42` in YAML."""
    user = {"id": 42, "name": "A", "email": "a@chess.test"}
    chat = {"id": 7, "type": "chat", "creator": 42, "created": 0, "participants": [42, {"user": 42}]}
    check({**SMALLEST, "users": [user], "chats": [chat]})


def check(world: object) -> None:
    """The world fits the schema, and the schema is one."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(world)


@pytest.mark.parametrize(
    "place",
    [
        "users__0__nick",
        "tokens__0__nick",
        "chats__0__nick",
        "chats__0__messages__0__nick",
        "chats__0__pin__nick",
        "nick",
    ],
)
def test_the_schema_knows_every_key_as_the_program_does(tmp_path: Path, place: str) -> None:
    """A key that is none is a slip of the pen, and told by both."""
    world = changed(**{place: "x"})
    with pytest.raises(jsonschema.ValidationError):
        check(world)
    assert "nick" in refusal(written(tmp_path, world))


# Mistakes in it


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("world.json", '{\n  "mockcliq": 1,\n  "users": [,]\n}', "line 3, column 13"),
        ("world.json", '{"mockcliq": 1, "users": []', "line 1, column"),
        ("world.json", "", "line 1, column"),
        ("world.json", b'{"mockcliq": 1,\n"users": "\xff"}', "line "),
        ("world.json", '{"mockcliq": 1, "users": NaN}', "line 1, column"),
        ("world.json", "[" * 100_000, "line 1, column"),
        ("world.yaml", "mockcliq: 1\nusers: [\n}", "line 3, column 1"),
        ("world.yaml", "mockcliq: 1\n\tusers: []", "line 2, column 1"),
        ("world.yaml", "mockcliq: 1\nusers: *nobody", "line 2, column 8"),
        ("world.yaml", "mockcliq: 1\n---\nmockcliq: 1", "line 2, column 1"),
        ("world.yaml", "mockcliq: 1\nusers: !!python/object:os.system []", "line 2, column 8"),
        ("world.yaml", "mockcliq: 1\n? [a]\n: 1", "line 2, column 3"),
        ("world.yaml", b"name: \xff\xfe", "line 1"),
        ("world.yaml", "name: \x00", "line 1"),
        ("world.yaml", "[" * 1_000, "line 1"),
        ("world.yaml", f"{'[' * 100}{']' * 100}", "line 1: want an object"),
        ("world.yaml", f"{'[' * 101}a{']' * 101}", "line 1: nested too deeply"),
        ("world.yaml", f"{'- ' * 1_000}1", "line 1: nested too deeply"),
        ("world.yaml", "mockcliq: !!int one\nusers: []", "line 1"),
        ("world.yaml", "mockcliq: 1\nusers: !!bool perhaps", "line 2"),
        ("world.yaml", "mockcliq: 1\nusers: []\nstarts_at: !!timestamp 2025-02-30", "line 3"),
        ("world.yaml", "mockcliq: 1\nusers: []\nstarts_at: !!timestamp soon", "line 3"),
        ("world.yaml", "mockcliq: 1\nusers: []\nstarts_at: !!float soon", "line 3"),
    ],
)
def test_a_slip_in_the_syntax_is_told_by_its_line(tmp_path: Path, name: str, text: str | bytes, where: str) -> None:
    assert refusal(written(tmp_path, text, name)).startswith(where)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "world.yaml",
            "mockcliq: 1\nusers: []\nchats: []\nusers: []",
            ("users", "line 4, column 1", "line 2, column 1"),
        ),
        ("world", '{"mockcliq": 1,\n "users": [],\n "users": []}', ("users", "line 3, column 2", "line 2, column 2")),
        (
            "world.json",
            '{"mockcliq": 1, "users": [{"id": "a:{\\"id\\"", "i\\u0064": "2"}]}',
            ("id", "line 1, column 47", "line 1, column 28"),
        ),
        ("world.yml", 'users:\n- {id: 1, name: A, "id": 2}', ("id", "line 2, column 20", "line 2, column 4")),
        ("world.yaml", "users:\n- &a {id: 1}\n- {<<: *a, x: 1, x: 2}", ("x", "line 3, column 18", "line 3, column 12")),
        ("world.json", '{"a": {"b": 1}, "c": [{"b": 1}, {"b\\n": 1, "b\\n": 2}]}', ("b\\n", "column 44", "column 34")),
    ],
)
def test_a_key_given_twice_is_told_with_both_places(
    tmp_path: Path, name: str, text: str, told: tuple[str, str, str]
) -> None:
    key, again, first = told
    said = refusal(written(tmp_path, text, name))
    assert f"{again}: the key '{key}' is given twice, first in " in said
    assert said.endswith(first)


@pytest.mark.parametrize("document", [None, [], 1, "mockcliq", True, [SMALLEST]])
@pytest.mark.parametrize("name", ["world.json", "world.yaml"])
def test_a_file_that_is_no_object_is_told_what_to_be(tmp_path: Path, document: object, name: str) -> None:
    assert (
        refusal(written(tmp_path, json.dumps(document), name))
        == "line 1: want an object with the keys mockcliq and users"
    )


@pytest.mark.parametrize(
    ("world", "key"),
    [
        ({"mockcliq": 1}, "users"),
        ({"users": []}, "mockcliq"),
        ({"mockcliq": 2, "users": []}, "mockcliq"),
        (changed(users={}), "users"),
        (changed(users__1__id=""), "users[1].id"),
        (changed(users__1__id=1.5), "users[1].id"),
        (changed(users__1__name=None), "users[1].name"),
        (changed(users__1__email=7), "users[1].email"),
        (changed(users__1__role="king"), "users[1].role"),
        (changed(users__1__active="perhaps"), "users[1].active"),
        (changed(starts_at="noon"), "starts_at"),
        (changed(starts_at="0000-00-00"), "starts_at"),
        (changed(starts_at=10**15), "starts_at"),
        (changed(utc_offset="CET"), "utc_offset"),
        (changed(utc_offset="+24:00"), "utc_offset"),
        (changed(tokens__0__scopes="ZohoCliq.Chats.READ"), "tokens[0].scopes"),
        (changed(tokens__0__expires="never"), "tokens[0].expires"),
        (changed(chats__0__id="a.b"), "chats[0].id"),
        (changed(chats__0__id="x" * 201), "chats[0].id"),
        (changed(chats__0__type="group"), "chats[0].type"),
        (changed(chats__0__type="thread"), "chats[0].thread"),
        (changed(chats__0__created=None), "chats[0].created"),
        (changed(chats__0__created=1e300), "chats[0].created"),
        (changed(chats__0__created=1e18), "chats[0].created"),
        (changed(chats__0__created=True), "chats[0].created"),
        (changed(chats__0__participants=None), "chats[0].participants"),
        (changed(chats__0__participants__1=None), "chats[0].participants[1]"),
        (changed(chats__0__participants__1__muted="loudly"), "chats[0].participants[1].muted"),
        (changed(chats__0__messages__1={}), "chats[0].messages[1].id"),
        (changed(chats__0__messages__1__id="first"), "chats[0].messages[1].id"),
        (changed(chats__0__messages__1__id="1_2\n"), "chats[0].messages[1].id"),
        (changed(chats__0__messages__1__text=None), "chats[0].messages[1].text"),
        (changed(chats__0__messages__1__bot="Zia"), "chats[0].messages[1].bot"),
        (changed(chats__0__pin__expires="tomorrow"), "chats[0].pin.expires"),
        (changed(chats__0__aliases=[42]), "chats[0].aliases[0]"),
    ],
)
def test_a_value_that_will_not_do_is_told_by_its_key(tmp_path: Path, world: object, key: str) -> None:
    assert refusal(written(tmp_path, world)).partition(": ")[0] == key


OTHER_CHAT = CLUB["chats"][1]
OF_CHANNEL: dict[str, Any] = {
    **SMALLEST,
    "users": [{"id": "1", "name": "Ann", "email": "ann@x.test"}, {"id": "2", "name": "Ben", "email": "ben@x.test"}],
    "bots": [{"unique_name": "buildbot"}],
    "statuses": [{"id": "7", "user": "1", "code": "busy", "message": "Away", "current": True}],
    "chats": [
        {
            "id": "CT_1",
            "type": "channel",
            "name": "General",
            "creator": "1",
            "created": 0,
            "participants": ["1"],
            "channel": {"unique_name": "general", "roles": {"1": "super_admin"}, "bots": ["buildbot"]},
            "messages": [
                {"id": "1_1", "sender": "1", "text": "a", "time": 1},
                {
                    "id": "2_2",
                    "sender": "1",
                    "text": "",
                    "time": 2,
                    "reply_to": "1_1",
                    "reactions": {"👍": ["3:2:Ben: the second", "4:1:Ann"]},
                    "file": {"name": "a.txt", "content": "aGVsbG8\nK"},
                    "info": {"type": "user_added", "users": ["2"]},
                },
            ],
        },
        {"id": "CT_2", "type": "channel", "name": "Else", "creator": "1", "created": 0, "participants": ["1"]},
    ],
}


def in_channel(**places: object) -> dict[str, Any]:
    """That world with some values changed."""
    return changed(OF_CHANNEL, **places)


def test_a_file_may_say_all_of_a_channel(tmp_path: Path) -> None:
    world = read_world_file(written(tmp_path, OF_CHANNEL))
    assert world.chats[0].messages[1].file is not None
    assert world.chats[0].messages[1].file.content == b"hello\n"
    check(OF_CHANNEL)


MESSAGE = "chats__0__messages__1"


@pytest.mark.parametrize(
    ("world", "told"),
    [
        (
            in_channel(**{f"{MESSAGE}__reactions": {"👍": ["soon"]}}),
            "chats[0].messages[1].reactions.👍[0]: want time:user:name",
        ),
        (
            in_channel(**{f"{MESSAGE}__reactions": {"👍": ["x:1:Ann"]}}),
            "chats[0].messages[1].reactions.👍[0]: want time",
        ),
        (in_channel(**{f"{MESSAGE}__reactions": {"👍": ["1:1"]}}), "chats[0].messages[1].reactions.👍[0]: want time"),
        (
            in_channel(**{f"{MESSAGE}__reactions": {"👍": ["1:1:Ann", "1:9:Eve"]}}),
            "chats[0].messages[1].reactions.👍[1]: no user has the id '9'",
        ),
        (
            in_channel(**{f"{MESSAGE}__reactions": {"a\nb": ["1:9:Eve"]}}),
            "chats[0].messages[1].reactions.",
        ),
        (
            in_channel(**{f"{MESSAGE}__reply_to": "1_9"}),
            "chats[0].messages[1].reply_to: no message of this chat has the id '1_9'",
        ),
        (
            in_channel(**{f"{MESSAGE}__info__users": ["1", "9"]}),
            "chats[0].messages[1].info.users[1]: no user has the id '9'",
        ),
        (
            in_channel(**{f"{MESSAGE}__file__content": "no base64"}),
            "chats[0].messages[1].file.content: want the file in base64",
        ),
        (
            in_channel(**{f"{MESSAGE}__file__content": ["aGk="]}),
            "chats[0].messages[1].file.content: want the file in base64",
        ),
        (
            in_channel(**{f"{MESSAGE}__file__content": "é"}),
            "chats[0].messages[1].file.content: want the file in base64",
        ),
        (
            in_channel(chats__0__participants=[{"user": "1", "read": 3}]),
            "chats[0].participants[0].read: want 0 to 2, the messages of this chat",
        ),
        (in_channel(chats__0__participants=[{"user": "1", "read": -1}]), "chats[0].participants[0].read: want 0 to 2"),
        (
            in_channel(chats__0__channel__roles={"2": "admin"}),
            "chats[0].channel.roles.2: user '2' is no participant of this channel",
        ),
        (in_channel(chats__0__channel__roles={"9": "admin"}), "chats[0].channel.roles.9: no user has the id '9'"),
        (in_channel(chats__0__channel__roles={"1": "king"}), "chats[0].channel.roles.1: "),
        (
            in_channel(chats__1__channel={"unique_name": "general"}),
            "chats: the channel.unique_name 'general' stands there twice",
        ),
        (
            in_channel(chats__1__name="General"),
            "chats[1].channel.unique_name: want one; 'general' is another channel's",
        ),
        (
            in_channel(chats__0__channel__channel_id="O2"),
            "chats[1].channel.channel_id: want one; 'O2' is another channel's",
        ),
        (
            in_channel(chats__1__channel={"unique_name": "All Of It"}),
            "chats[1].channel.unique_name: want small letters, digits, - and _",
        ),
        (
            in_channel(chats__0__channel__bots=["nobody"]),
            "chats[0].channel.bots[0]: no bot has the unique_name 'nobody'",
        ),
        (in_channel(bots__0__creator="9"), "bots[0].creator: no user has the id '9'"),
        (in_channel(bots__0__id="b-x"), "bots[0].id: "),
        (in_channel(bots=[{"unique_name": "a", "id": "b-1"}] * 2), "bots: the unique_name 'a' stands there twice"),
        (in_channel(bots__0__unique_name="Build Bot"), "bots[0].unique_name: "),
        (in_channel(statuses=OF_CHANNEL["statuses"] * 2), "statuses: the id '7' stands there twice"),
        (
            in_channel(statuses=[*OF_CHANNEL["statuses"], {**OF_CHANNEL["statuses"][0], "id": "8"}]),
            "statuses: the current status of user '1' stands there twice",
        ),
        (in_channel(statuses__0__user="9"), "statuses[0].user: no user has the id '9'"),
        (
            in_channel(chats__1__thread={"chat": "CT_1", "message": "1_1"}),
            "chats[1].thread: a chat of type channel has none",
        ),
        (
            in_channel(chats__1__type="thread", chats__1__thread={"chat": "CT_1", "message": "9_9"}),
            "chats[1].thread.message: there is no message '9_9' in chat 'CT_1'",
        ),
        (
            in_channel(chats__1__type="bot", chats__1__bot="buildbot", chats__1__participants=["1", "2"]),
            "chats[1].participants: a chat with a bot has 1, not 2",
        ),
    ],
)
def test_what_contradicts_itself_in_a_channel_is_told_by_its_place(tmp_path: Path, world: object, told: str) -> None:
    assert refusal(written(tmp_path, world)).startswith(told)


@pytest.mark.parametrize(
    ("world", "told"),
    [
        (changed(users__1__id="0071"), "users: the id '0071'"),
        (changed(users__1__email="magnus@chess.test"), "users: the email 'magnus@chess.test'"),
        (changed(users__1__role="owner"), "users: the role 'owner'"),
        (changed(tokens=CLUB["tokens"] * 2), "tokens: the token '1000.chess.judit'"),
        (changed(tokens__0__user="0072"), "tokens[0].user: no user has the id '0072'"),
        (changed(chats__1__id="0042"), "chats: the id '0042'"),
        (changed(chats__1__id="CT_7"), "chats: the id or alias 'CT_7'"),
        (changed(chats__1__aliases=["0042"]), "chats: the id or alias '0042'"),
        (changed(chats__0__aliases=["a", "a"]), "chats: the id or alias 'a'"),
        (changed(chats__0__creator="nobody"), "chats[0].creator: no user has the id 'nobody'"),
        (
            changed(chats__0__participants__1__user="nobody"),
            "chats[0].participants[1].user: no user has the id 'nobody'",
        ),
        (changed(chats__0__participants__1="nobody"), "chats[0].participants[1].user: no user has the id 'nobody'"),
        (changed(chats__0__participants__1="0071"), "chats[0].participants: the user '0071'"),
        (changed(chats__0__messages__1__sender="nobody"), "chats[0].messages[1].sender: no user has the id 'nobody'"),
        (changed(chats__0__messages__1__id="1740000000000_2"), "chats[0].messages: the id '1740000000000_2'"),
        (changed(chats__0__pin__creator="nobody"), "chats[0].pin.creator: no user has the id 'nobody'"),
        (changed(chats__0__pin__message="1_1"), "chats[0].pin.message: no message of this chat has the id '1_1'"),
        (changed(chats__1__participants=["0071"]), "chats[1].participants: a dm has 2, not 1"),
        (changed(chats__0__type="dm"), "chats[0].participants: a dm has 2, not 3"),
    ],
)
def test_what_contradicts_the_rest_is_told_by_its_place(tmp_path: Path, world: object, told: str) -> None:
    assert refusal(written(tmp_path, world)).startswith(told)


@pytest.mark.parametrize("key", ["two\nlines", "two\rlines", "two\x85lines"])
def test_a_key_with_a_line_break_is_told_in_one_line(tmp_path: Path, key: str) -> None:
    assert "two" in refusal(written(tmp_path, changed(**{key: 1})))
    assert "two" in refusal(written(tmp_path, changed(**{f"chats__0__{key}": 1})))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda file: file.mkdir(), "it is no regular file"),
        (os.mkfifo, "it is no regular file"),
        (lambda file: file.symlink_to("/dev/full"), "it is no regular file"),
        (lambda file: file.symlink_to("/dev/zero"), "it is no regular file"),
        (lambda file: file.write_bytes(bytes(2**26 + 1)), "it has 67108865 bytes, of at most 67108864"),
        (lambda file: file.write_text('{"mockcliq": 1,\n"users": 1}\n'), "users: "),
        (lambda file: file.write_text('{"mockcliq": 1,\n"users" 1}\n'), "line 2, column 9: "),
        (
            lambda file: file.write_text(json.dumps(changed(chats__0__messages__1__sender="x"))),
            "chats[0].messages[1].sender: ",
        ),
    ],
    ids=[
        "a directory",
        "a pipe",
        "/dev/full",
        "/dev/zero",
        "too large",
        "a wrong value",
        "a slip in the syntax",
        "a contradiction",
    ],
)
def test_a_bad_file_is_one_line_and_exit_2(tmp_path: Path, make: Callable[[Path], object], told: str) -> None:
    file = tmp_path / "world.json"
    make(file)
    with programs() as start:
        ended = start("serve", "--port", "0", "--world", file).ended()
    assert ended.code == 2, ended
    assert ended.line.startswith(f"mockcliq: {file}: {told}")


@pytest.mark.parametrize("name", ["n" * 300, "two\nlines"], ids=["a name too long", "a line break"])
def test_a_file_s_name_that_cannot_be_is_one_line_and_exit_2(name: str) -> None:
    with programs() as start:
        ended = start("serve", "--port", "0", "--world", name).ended()
    assert ended.code == 2, ended
    assert name[:3] in ended.line


@pytest.mark.parametrize("folder_mode", [0o755, 0o000], ids=["the file", "its folder"])
def test_a_file_that_may_not_be_read_is_one_line_and_exit_2(folder_mode: int) -> None:
    with folder_for_all() as folder, programs() as start:
        file = written(folder, SMALLEST)
        file.chmod(0o000)
        folder.chmod(folder_mode)
        ended = start("serve", "--port", "0", "--world", file, as_nobody=True).ended()
    assert ended.code == 2, ended
    assert str(file) in ended.line


# Anything at all

objects = st.recursive(
    st.none() | st.integers() | st.sampled_from(["", 'a"', "a: {b", "\\", "\n", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: [each])
        | st.lists(st.tuples(st.sampled_from(["a", "b", 'a"', "\\", "\n", "é"]), inner), max_size=3)
    ),
    max_leaves=15,
)


def as_json(value: Any) -> str:
    """The text of a value, whose objects are lists of pairs and whose lists are in a list of their own."""
    if not isinstance(value, list):
        return json.dumps(value)
    if len(value) == 1 and isinstance(value[0], list):
        return f"[{', '.join(map(as_json, value[0]))}]"
    return f"{{{', '.join(f'{json.dumps(key)} : {as_json(inner)}' for key, inner in value)}}}"


def repeats(value: Any) -> bool:
    """Whether an object in it has a key twice."""
    if not isinstance(value, list):
        return False
    if len(value) == 1 and isinstance(value[0], list):
        return any(map(repeats, value[0]))
    return len({key for key, _ in value}) < len(value) or any(repeats(inner) for _, inner in value)


@given(value=objects, name=st.sampled_from(["world.json", "world", "world.yaml"]))
def test_a_key_is_refused_as_repeated_exactly_where_one_is(tmp_path: Path, value: Any, name: str) -> None:
    assert ("is given twice" in refusal(written(tmp_path, as_json(value), name))) == repeats(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def places(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value, as the keys that lead there."""
    below: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    return [way, *(place for key, inner in below for place in places(inner, (*way, key)))]


@st.composite
def nearly_clubs(draw: st.DrawFn) -> object:
    """The club, with something else in a few of its places, often something of its own from another place."""
    world: Any = copy.deepcopy(CLUB)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(world)[1:]))
        inner = world
        for key in way:
            inner = inner[key]
        elsewhere = world
        for key in draw(st.sampled_from(places(world))):
            elsewhere = elsewhere[key]
        inner[last] = draw(st.just(copy.deepcopy(elsewhere)) | json_values)
        if not isinstance(world, dict | list) or not world:
            break
    return world


def world_of(file: Path) -> WorldFile | None:
    """What the file says, written into a store as a server would; None for a bad one."""
    try:
        world = read_world_file(file)
    except BadWorld as refused:
        told = str(refused).removeprefix(str(file))
    else:
        database = Database.private()
        with database.first_filling():
            load(database.connection, world)
        database.close()
        return world
    assert len(told.splitlines()) == 1
    return None


@examples(50)
@given(value=json_values | st.builds(lambda more: {**SMALLEST, **more}, st.dictionaries(st.text(), json_values)))
def test_any_json_is_a_world_or_a_bad_world_file(tmp_path: Path, value: object) -> None:
    world_of(written(tmp_path, value))


@examples(50)
@given(world=nearly_clubs())
def test_a_world_with_something_amiss_is_a_world_or_a_bad_world_file(tmp_path: Path, world: object) -> None:
    world_of(written(tmp_path, world))


@examples(50)
@given(text=st.text(alphabet="ab01.!&*<>=|-?:,[]{}#'\"%@`~ \n\t\\\x85\ufeff", max_size=60) | st.binary(max_size=40))
def test_any_text_is_a_world_or_a_bad_world_file(tmp_path: Path, text: str | bytes) -> None:
    assert world_of(written(tmp_path, text, "world.yaml")) is None
    assert world_of(written(tmp_path, text)) is None
