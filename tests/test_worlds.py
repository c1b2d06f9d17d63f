"""The named worlds, their tokens and clocks; the same seed, the same bytes; and the way back to the start."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockcliq.app import create_app
from mockcliq.settings import Settings
from tests.conftest import Cliq, Running, Serve, running
from tests.processes import SERVE, programs, until
from tests.reference import PLACEHOLDER_CHAT, SAMPLE_TOKEN, documented

CHANNEL = "CT_2243173626687865223_P87610291-C4"
MEETING = "1573708648341_375412769224"
DIRECT_CHAT = "2230748224630350194"
"""In `documentation`: the channel of the page's pin examples, a message of it that is not pinned, the listed chat."""

NAMED = ("demo", "documentation", "empty")
FIRST_MOMENT, LAST_MOMENT = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"


@pytest.fixture(scope="session")
def _shared_empty() -> Iterator[Running]:
    with running(Settings(world="empty")) as server:
        yield server


@pytest.fixture
def empty(_shared_empty: Running) -> Running:
    _shared_empty.start_over()
    return _shared_empty


@pytest.fixture(params=NAMED)
def named(request: pytest.FixtureRequest) -> Running:
    """A server in each of the named worlds, at its start."""
    server: Running = request.getfixturevalue(request.param)
    return server


def reason(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal, and the rule that it names."""
    return answer.status_code, answer.headers["X-Mockcliq-Reason"].partition(";")[0]


# The fixed tokens


@pytest.mark.parametrize("label", ["owner", "member", "outsider", "readonly"])
def test_a_valid_fixed_token_may_read_in_every_named_world(named: Running, label: str) -> None:
    assert named.as_(label).get("/chats").status_code == 200


@pytest.mark.parametrize("label", ["owner", "member", "outsider"])
def test_a_full_fixed_token_has_every_scope(named: Running, label: str) -> None:
    """No refusal for want of scope: the chat is unknown, or is not theirs."""
    cliq = named.as_(label)
    for answer in (
        cliq.get("/chats/1/members"),
        cliq.post("/chats/1/mute"),
        cliq.post("/chats/1/stickymessage", json={"id": MEETING}),
        cliq.delete("/chats/1/stickymessage"),
    ):
        assert reason(answer) == (404, "unknown_chat")


def test_readonly_may_not_write(named: Running) -> None:
    readonly = named.as_("readonly")
    for answer in (
        readonly.post("/chats/1/mute"),
        readonly.post("/chats/1/stickymessage", json={"id": MEETING}),
        readonly.delete("/chats/1/stickymessage"),
    ):
        assert reason(answer) == (403, "scope_missing")


def test_readonly_reads_what_the_owner_reads(named: Running) -> None:
    """It is the owner's own, and differs in its scopes alone."""
    assert named.as_("readonly").get("/chats").content == named.as_("owner").get("/chats").content


@pytest.mark.parametrize(
    ("label", "refusal"),
    [
        ("expired", (401, "token_expired")),
        ("revoked", (401, "token_revoked")),
        ("deactivated", (403, "user_not_active")),
    ],
)
def test_a_spoilt_fixed_token_is_refused_for_its_own_reason(
    named: Running, label: str, refusal: tuple[int, str]
) -> None:
    assert reason(named.as_(label).get("/chats")) == refusal
    assert reason(named.as_(label).post("/chats/1/mute")) == refusal


@pytest.mark.parametrize("moment", [FIRST_MOMENT, LAST_MOMENT])
def test_the_fixed_tokens_are_as_documented_whatever_the_clock(named: Running, moment: str) -> None:
    """Save for `expired`, they never expire."""
    named.control("PUT", "/clock", json={"mode": "frozen", "now": moment})
    for label in ("owner", "member", "outsider", "readonly"):
        assert named.as_(label).get("/chats").status_code == 200
    assert reason(named.as_("expired").get("/chats")) == (401, "token_expired")
    assert reason(named.as_("revoked").get("/chats")) == (401, "token_revoked")
    assert reason(named.as_("deactivated").get("/chats")) == (403, "user_not_active")


@pytest.mark.parametrize("world", ["demo", "documentation"])
def test_the_outsider_is_in_no_chat_of_the_others(request: pytest.FixtureRequest, world: str) -> None:
    server: Running = request.getfixturevalue(world)
    server.control("PUT", "/limits", json={"threshold": 1000})
    outsider = server.as_("outsider")
    assert outsider.chats() == []
    chats = [row["chat_id"] for label in ("owner", "member") for row in server.as_(label).chats()]
    assert chats
    for chat in {*chats, PLACEHOLDER_CHAT}:
        assert reason(outsider.get(f"/chats/{chat}/members")) == (403, "not_a_participant")


@pytest.mark.parametrize("world", ["demo", "documentation"])
def test_the_sample_token_and_the_chat_of_the_pin_examples_exist(request: pytest.FixtureRequest, world: str) -> None:
    """The token is the owner's; the chat answers to the page's placeholder and to its own id."""
    server: Running = request.getfixturevalue(world)
    sample = Cliq(server, SAMPLE_TOKEN)
    assert sample.get("/chats").content == server.as_("owner").get("/chats").content
    pinned = sample.get(f"/chats/{PLACEHOLDER_CHAT}/stickymessage")
    assert pinned.json()["data"]["chat_id"] == CHANNEL
    assert pinned.json()["data"]["message"]["msg"] == "Feature review date: 15/11/2019"
    assert sample.get(f"/chats/{CHANNEL}/stickymessage").content == pinned.content
    body = documented("pin_message").body_example
    assert sample.post(f"/chats/{PLACEHOLDER_CHAT}/stickymessage", json={**(body or {}), "expiry_time": -1}).is_success


# The named worlds


def test_the_clock_of_documentation_starts_on_2025_06_01_and_runs(documentation: Running) -> None:
    def now() -> str:
        clock = documentation.control("GET", "/clock")
        assert clock["mode"] == "offset"
        return str(clock["now"])

    first = now()
    assert first[:16] == "2025-06-01T00:00"
    until(lambda: now() > first)


@pytest.mark.parametrize("world", ["demo", "empty"])
def test_the_clock_of_any_other_named_world_is_real(request: pytest.FixtureRequest, world: str) -> None:
    server: Running = request.getfixturevalue(world)
    assert server.control("GET", "/clock")["mode"] == "real"


def test_documentation_lists_just_the_documented_chat(documentation: Running) -> None:
    assert [row["chat_id"] for row in documentation.as_("owner").chats()] == [DIRECT_CHAT]


def test_empty_has_no_conversation(empty: Running) -> None:
    assert [empty.as_(label).chats() for label in ("owner", "member", "outsider", "readonly")] == [[], [], [], []]
    assert reason(empty.as_("owner").get(f"/chats/{PLACEHOLDER_CHAT}/members")) == (404, "unknown_chat")


def test_empty_has_only_the_people_behind_the_fixed_tokens(tmp_path: Path) -> None:
    """Read in its database: no answer of the API lists people without a chat."""
    file = tmp_path / "empty.db"
    with running(Settings(world="empty", database=file)):
        pass
    with closing(sqlite3.connect(file)) as database:
        people = {row[0] for row in database.execute("SELECT id FROM user")}
        holders = {row[0] for row in database.execute("SELECT user_id FROM access_token")}
        roles = {row[0] for row in database.execute("SELECT role FROM user")}
    assert people == holders
    assert roles == {"owner", "member", "outsider", "deactivated"}


def test_the_demo_s_owner_has_much_to_list(demo: Running) -> None:
    assert 40 <= len(demo.as_("owner").chats()) <= 60
    assert demo.as_("member").chats()


# Same seed, same bytes


def observed(client: httpx.Client) -> list[bytes]:
    """What the owner and the member can read: their lists, then members and pin of each of their chats."""
    answers = []
    for label in ("owner", "member"):
        headers = {"Authorization": f"Bearer 1000.mockcliq.{label}"}
        listed = client.get("/api/v2/chats", headers=headers)
        answers.append(listed)
        paths = (f"{row['chat_id']}/{what}" for row in listed.json()["chats"] for what in ("members", "stickymessage"))
        answers += [client.get(f"/api/v2/chats/{path}", headers=headers) for path in paths]
    assert all(answer.status_code == 200 for answer in answers)
    return [answer.content for answer in answers]


@pytest.mark.slow
def test_the_same_seed_makes_the_same_bytes_in_another_process_elsewhere(serve: Serve) -> None:
    """Whatever the order of sets there, the time zone, and the language."""
    settings = {"MOCKCLIQ_SEED": "11", "MOCKCLIQ_RATE_LIMIT": "off"}
    places = (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8"},
    )
    with programs() as start:
        servers = [start(*SERVE, env=settings | place, cold=True) for place in places]
        elsewhere = []
        for server in servers:
            with server.http() as client:
                elsewhere.append(observed(client))
    assert elsewhere[0] == elsewhere[1]
    assert elsewhere[0] == observed(serve(seed=11, rate_limit=False).http)
    assert elsewhere[0][0] != observed(serve(seed=12, rate_limit=False).http)[0]


# Back to the start


def disarranged(server: Running) -> list[bytes]:
    """Change whatever can be changed, after taking down how it was."""
    server.control("PUT", "/limits", json={"threshold": 10_000})
    start = observed(server.http)
    owner = server.as_("owner")
    for row in owner.chats():
        chat = row["chat_id"]
        assert owner.post(f"/chats/{chat}/mute").status_code == 204
        assert owner.delete(f"/chats/{chat}/stickymessage").status_code == 204
        if row["chat_type"] == "chat":
            assert owner.post(f"/chats/{chat}/leave").status_code == 204
    assert owner.post(f"/chats/{CHANNEL}/stickymessage", json={"id": MEETING}).status_code == 200
    return start


@pytest.mark.parametrize("world", ["demo", "documentation"])
def test_a_reset_returns_the_exact_bytes_of_the_start(request: pytest.FixtureRequest, world: str) -> None:
    server: Running = request.getfixturevalue(world)
    pin = server.as_("owner").get(f"/chats/{CHANNEL}/stickymessage").content
    start = disarranged(server)
    assert observed(server.http) != start or world == "documentation"
    assert server.as_("owner").get(f"/chats/{CHANNEL}/stickymessage").content != pin
    server.control("POST", "/reset")
    server.control("PUT", "/limits", json={"threshold": 10_000})
    assert observed(server.http) == start
    assert server.as_("owner").get(f"/chats/{CHANNEL}/stickymessage").content == pin


@pytest.mark.slow
def test_a_world_too_big_to_keep_a_copy_of_returns_to_the_same_bytes(serve: Serve, tmp_path: Path) -> None:
    """So does one in a file: both are made anew."""
    server = serve(database=tmp_path / "cliq.db", chats=200)
    start = disarranged(server)
    server.control("POST", "/reset")
    server.control("PUT", "/limits", json={"threshold": 10_000})
    assert observed(server.http) == start


def test_a_reset_of_the_data_leaves_clock_and_limits_alone(documentation: Running) -> None:
    owner = documentation.as_("owner")
    pin = owner.get(f"/chats/{CHANNEL}/stickymessage").content
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2030-01-01T00:00:00Z"})
    documentation.control("POST", "/limits/exhaust", json={"operation": "mute_chat"})
    assert owner.post(f"/chats/{CHANNEL}/mute").status_code == 429
    assert owner.delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
    assert documentation.control("POST", "/reset", json={"what": ["data"]}) == {"reset": ["data"]}
    assert owner.get(f"/chats/{CHANNEL}/stickymessage").content == pin
    assert owner.post(f"/chats/{CHANNEL}/mute").status_code == 429
    assert documentation.control("GET", "/clock") == {"mode": "frozen", "now": "2030-01-01T00:00:00.000Z"}


def test_a_reset_of_the_limits_leaves_data_and_clock_alone(documentation: Running) -> None:
    owner = documentation.as_("owner")
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2030-01-01T00:00:00Z"})
    documentation.control("PUT", "/limits", json={"operation": "unpin_message", "threshold": 1})
    assert owner.delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
    assert owner.delete(f"/chats/{CHANNEL}/stickymessage").status_code == 429
    documentation.control("POST", "/reset", json={"what": ["limits"]})
    assert [owner.delete(f"/chats/{CHANNEL}/stickymessage").status_code for _ in range(21)] == [204] * 20 + [429]
    assert owner.get(f"/chats/{CHANNEL}/stickymessage").json()["data"] == {}
    assert documentation.control("GET", "/clock")["now"] == "2030-01-01T00:00:00.000Z"


def test_a_reset_of_the_clock_starts_it_again_and_leaves_the_rest_alone(documentation: Running) -> None:
    owner = documentation.as_("owner")
    assert owner.delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
    documentation.control("PUT", "/clock", json={"mode": "real"})
    documentation.control("POST", "/reset", json={"what": ["clock"]})
    clock = documentation.control("GET", "/clock")
    assert (clock["mode"], clock["now"][:16]) == ("offset", "2025-06-01T00:00")
    assert owner.get(f"/chats/{CHANNEL}/stickymessage").json()["data"] == {}


@pytest.mark.parametrize("what", [["tokens"], ["journal"], ["tokens", "journal"], []])
def test_a_reset_of_what_was_not_changed_changes_nothing(documentation: Running, what: list[str]) -> None:
    owner = documentation.as_("owner")
    assert owner.delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2030-01-01T00:00:00Z"})
    documentation.control("POST", "/limits/exhaust", json={"operation": "mute_chat", "lock": True})
    assert documentation.control("POST", "/reset", json={"what": what}) == {"reset": what}
    assert owner.get(f"/chats/{CHANNEL}/stickymessage").json()["data"] == {}
    assert owner.post(f"/chats/{CHANNEL}/mute").status_code == 429
    assert documentation.control("GET", "/clock")["now"] == "2030-01-01T00:00:00.000Z"


# Applications in one process


def test_two_applications_in_one_process_do_not_see_each_other(serve: Serve) -> None:
    one, other = serve(world="documentation"), serve(world="documentation")
    before = other.as_("owner").get(f"/chats/{CHANNEL}/stickymessage").content
    one.control("PUT", "/clock", json={"mode": "frozen", "now": "2040-01-01T00:00:00Z"})
    one.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats", "lock": True})
    assert one.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
    assert one.as_("owner").get("/chats").status_code == 429
    assert other.as_("owner").get("/chats").status_code == 200
    assert other.as_("owner").get(f"/chats/{CHANNEL}/stickymessage").content == before
    assert other.control("GET", "/clock")["mode"] == "offset"


def test_an_application_works_without_its_lifespan() -> None:
    """As httpx's ASGI transport calls it, or a framework that mounts it: nobody sends it startup or shutdown."""

    async def calls() -> list[Any]:
        app = create_app(Settings(world="documentation"))
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://mock.test", headers=headers) as client:
                answers = await asyncio.gather(*(client.get("/api/v2/chats") for _ in range(5)))
                answers.append(await client.get("/_mockcliq/ready"))
            return [answer.json() for answer in answers]
        finally:
            await app.startup.end()

    *lists, ready = asyncio.run(calls())
    assert [[row["chat_id"] for row in each["chats"]] for each in lists] == [[DIRECT_CHAT]] * 5
    assert ready == {"status": "ready"}


def test_a_world_that_is_none_is_refused_by_its_name() -> None:
    with programs() as start:
        ended = start("serve", "--port", "0", "--world", "nowhere").ended()
    assert ended.code == 2, ended
    assert ended.line == "mockcliq: nowhere: no such world or file; the worlds are demo, documentation, empty"
