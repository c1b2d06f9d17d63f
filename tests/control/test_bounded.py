"""What a caller can make large: it is refused by a limit that the answer names, or takes its time beside everybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request

from mockcliq.control.heavy_work import HeavyWork
from mockcliq.store.database import Database
from mockcliq.worlds.giving_up import GivenUp, GoOn
from tests.conftest import Running, Serve
from tests.processes import PATIENCE_S, until
from tests.wire import connected

MIB = 1024 * 1024
ADA = {"id": "1", "name": "Ada", "email": "ada@kiln.test"}


def document(messages: int, length: int) -> dict[str, Any]:
    """A world with one chat, in which there are so many messages of that length."""
    said = [{"id": f"{at}_1", "sender": "1", "text": "x" * length, "time": at} for at in range(1, messages + 1)]
    chat = {"id": "70", "type": "chat", "name": "Kiln", "creator": "1", "created": 0, "participants": [{"user": "1"}]}
    return {"mockcliq": 1, "users": [ADA], "chats": [{**chat, "messages": said}]}


def detail_of(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["detail"])


# Documents


@pytest.mark.parametrize("order", [("PUT", "/state", "{}"), ("POST", "/worlds", '{{"state": {}}}')])
def test_a_document_over_the_limit_is_refused_by_the_variable_that_sets_it(
    serve: Serve, order: tuple[str, str, str]
) -> None:
    server, (method, path, form) = serve(world="empty", state_bytes=MIB), order
    small, large = (form.format(json.dumps(document(count, 1000))) for count in (500, 1100))
    assert "MOCKCLIQ_STATE_BYTES" in detail_of(server.http.request(method, f"/_mockcliq{path}", content=large), 413)
    assert server.http.request(method, f"/_mockcliq{path}", content=small).is_success


@pytest.mark.parametrize("count", [110, 300])
def test_no_document_is_written_that_could_not_be_read(serve: Serve, count: int) -> None:
    """The second world has a database that is not even copied."""
    server = serve(world="empty", state_bytes=MIB)
    server.control("PUT", "/state", json=document(1, 10))
    for at in range(count):
        server.control("POST", "/chats/70/messages", json={"sender": "1", "text": f"{at} " + "x" * 10_000})
    assert "MOCKCLIQ_STATE_BYTES" in detail_of(server.http.get("/_mockcliq/state"), 507)


def test_json_of_more_values_than_are_read_is_refused_before_it_is_parsed(documentation: Running) -> None:
    bomb = b"[" + b"[]," * 2_100_000 + b"[]]"
    for method, path in (("PUT", "/state"), ("POST", "/worlds")):
        answer = documentation.http.request(method, f"/_mockcliq{path}", content=bomb)
        assert "values" in answer.json()["detail"], answer.text
        assert answer.status_code in (413, 422)


FORM = b"Content-Type: multipart/form-data; boundary=b\r\n"
OWNER = b"Host: x\r\nAuthorization: Bearer 1000.mockcliq.owner\r\n"


def levels(form: str) -> str:
    """Nine levels of YAML, each of which has the one before ten times."""
    tens = [", ".join([f"*x{level}"] * 10) for level in range(9)]
    return "".join(f"x{at}: &x{at} {form.format(ten)}\n" for at, ten in enumerate(tens, start=1))


@pytest.mark.parametrize(
    "bomb",
    [
        "x0: &x0 [lol]\n" + levels("[{}]"),
        "x0: &x0 {a: b}\n" + levels('{{? !!merge "<<" : [{}]}}'),
        "x0: &x0 {a: b}\n" + levels("{{<<: [{}], k: v}}"),
        "- &a [" + "x, " * 5000 + "x]\n" + "- *a\n" * 200,
        "? &a [" + "x, " * 5000 + "x]\n: &b [" + "*a, " * 10 + "*a]\n" + "k: [" + "*b, " * 10 + "*b]\n",
    ],
    ids=["laughs", "explicit merges", "merges", "a long list again and again", "as a key"],
)  # fmt: skip
def test_yaml_whose_aliases_multiply_is_refused(documentation: Running, bomb: str) -> None:
    assert "values" in detail_of(documentation.http.put("/_mockcliq/state", content=bomb), 422)


def test_yaml_that_has_itself_in_it_is_told_by_its_place(documentation: Running) -> None:
    answer = documentation.http.put("/_mockcliq/state", content="mockcliq: 1\nusers: &u [*u]\n")
    assert "line 2, column 12: a value has itself in it" in detail_of(answer, 422)


def test_work_is_given_up_when_who_asked_for_it_has_gone_and_the_next_in_turn_begins() -> None:
    async def story() -> list[str]:
        told, heavy, leaves, begun = list[str](), HeavyWork(), asyncio.Event(), asyncio.Event()

        async def receive() -> dict[str, str]:
            await leaves.wait()
            return {"type": "http.disconnect"}

        async def stays() -> dict[str, str]:
            await asyncio.Event().wait()
            return {}

        def work(go_on: GoOn) -> None:
            while True:
                go_on()

        async def first() -> None:
            try:
                async with heavy.turn_of(Request({"type": "http"}, receive)) as go_on:
                    told.append("begun")
                    begun.set()
                    await asyncio.to_thread(work, go_on)
            except ClientDisconnect:
                told.append("given up")

        async def second() -> None:
            async with heavy.turn_of(Request({"type": "http"}, stays)):
                told.append("next")

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(first())
            await begun.wait()
            group.create_task(second())
            leaves.set()
        return told

    assert asyncio.run(story()) == ["begun", "given up", "next"]


def test_who_leaves_before_its_turn_takes_none() -> None:
    async def story() -> None:
        heavy = HeavyWork()

        async def gone() -> dict[str, str]:
            return {"type": "http.disconnect"}

        async def stays() -> dict[str, str]:
            await asyncio.Event().wait()
            return {}

        async def leaving() -> AsyncIterator[GoOn]:
            async with heavy.turn_of(Request({"type": "http"}, gone)) as go_on:
                yield go_on

        async with asyncio.timeout(60):
            async with heavy.turn_of(Request({"type": "http"}, stays)):
                with pytest.raises(ClientDisconnect):
                    await anext(leaving())
            async with heavy.turn_of(Request({"type": "http"}, stays)) as go_on:
                go_on()

    asyncio.run(story())
    assert issubclass(GivenUp, Exception)


# Rules


@pytest.mark.parametrize("key", ["path", "method", "user", "chat", "operation"])
@pytest.mark.parametrize("order", ["faults", "verify"])
def test_what_rules_and_verifications_match_by_is_no_longer_than_200_characters(
    documentation: Running, key: str, order: str
) -> None:
    body = {"match": {key: "[" * 201}, **({"then": {"status": 503}} if order == "faults" else {})}
    answer = documentation.http.post(f"/_mockcliq/{order}", json=body)
    assert f"match.{key}" in detail_of(answer, 422)
    assert "200" in detail_of(answer, 422)


def test_a_world_has_a_thousand_rules_and_a_snapshot_of_them_with_their_chances(documentation: Running) -> None:
    rule = {"match": {"operation": "list_direct_chats"}, "when": {"probability": 0.5}, "then": {"status": 503}}
    for _ in range(1000):
        documentation.control("POST", "/faults", json={"match": {"method": "PUT"}, "then": {"status": 503}})
    assert "1000" in detail_of(documentation.http.post("/_mockcliq/faults", json=rule), 409)
    documentation.control("DELETE", "/faults")
    documentation.control("POST", "/faults", json=rule)

    def statuses() -> list[int]:
        return [documentation.as_("owner").get("/chats").status_code for _ in range(8)]

    statuses()
    documentation.control("PUT", "/snapshots/amid")
    following = statuses()
    documentation.control("POST", "/snapshots/amid/restore")
    assert statuses() == following
    assert set(following) == {200, 503}


# Memory


def test_snapshots_of_all_worlds_share_a_number_of_bytes(serve: Serve) -> None:
    server = serve(world="documentation", snapshots_bytes=MIB)
    server.control("PUT", "/snapshots/one")
    used = server.control("GET", "/server")["memory"]["snapshots"]["used"]
    assert 0 < used < MIB
    server.control("POST", "/worlds", json={"id": "other"})
    for number in range(MIB // used - 1):
        server.control("PUT", f"/worlds/other/snapshots/s{number}")
    for path in ("/snapshots/two", "/worlds/other/snapshots/more"):
        assert "MOCKCLIQ_SNAPSHOTS_BYTES" in detail_of(server.http.put(f"/_mockcliq{path}"), 507)
    server.control("PUT", "/snapshots/one")  # in place of itself
    server.control("DELETE", "/worlds/other")
    assert server.control("GET", "/server")["memory"]["snapshots"] == {"used": used, "limit": MIB, "dropped": 0}


def test_snapshots_that_are_taken_at_once_share_it_too(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has room when it is begun; the second that ends has none, and what was there before it stays."""
    server = serve(world="documentation", state_bytes=32 * MIB, snapshots_bytes=16 * MIB)
    for name in ("one", "other"):
        server.control("POST", "/worlds", json={"id": name, "state": document(700, 10_000)})
    image, both = Database.image, Barrier(2)

    def together(database: Database) -> Database:
        both.wait(PATIENCE_S)
        return image(database)

    monkeypatch.setattr(Database, "image", together)
    orders = [f"{server.url}/_mockcliq/worlds/{name}/snapshots/s" for name in ("one", "other")]
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(partial(httpx.put, timeout=300), orders))
    assert sorted(answer.status_code for answer in answers) == [201, 507]
    memory = server.control("GET", "/server")["memory"]["snapshots"]
    assert 0 < memory["used"] <= memory["limit"]


def test_starts_that_are_remembered_are_bounded(serve: Serve) -> None:
    server = serve(world="documentation", templates_bytes=3 * MIB)
    for seed in range(2, 8):
        made = server.control("POST", "/worlds", json={"world": "demo", "seed": seed, "users": 30, "chats": 300})
        server.control("DELETE", f"/worlds/{made['id']}")
        memory = server.control("GET", "/server")["memory"]["templates"]
        assert 0 < memory["used"] <= memory["limit"] == 3 * MIB


@pytest.mark.parametrize(
    ("head", "status", "told"),
    [
        (b"PUT /_mockcliq/state HTTP/1.1\r\nHost: x\r\n", 507, "MOCKCLIQ_UPLOADS_BYTES"),
        (b"POST /api/v2/channelsbyname/marketing/message HTTP/1.1\r\n" + OWNER, 500, "uploads_full"),
        (b"POST /api/v2/channelsbyname/marketing/files HTTP/1.1\r\n" + OWNER + FORM, 500, "uploads_full"),
    ],
    ids=["document", "post", "file"],
)
def test_bodies_in_flight_share_a_number_of_bytes(serve: Serve, head: bytes, status: int, told: str) -> None:
    """Three who stall with less than half of it each: the third is told, and the room of who leaves is free again."""
    server = serve(world="demo", chats=20, uploads_bytes=2 * MIB)
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * (MIB - 1000)

    def is_used(least: int) -> bool:
        return bool(server.control("GET", "/server")["memory"]["uploads"]["used"] >= least)

    with ExitStack() as stack:
        for number in (1, 2):
            wire = stack.enter_context(connected(server.port))
            wire.send(head + b"Content-Length: %d\r\n\r\n" % (MIB - 1), part[: MIB - 100])
            until(partial(is_used, number * (MIB - 2000)))
        with connected(server.port) as wire:
            wire.send(head + b"Content-Length: %d\r\n\r\n" % (MIB - 1), part[: MIB - 100])
            answer = wire.answer()
            assert (answer.status_code, told in f"{answer.headers} {answer.text}") == (status, True)
    until(lambda: not is_used(1))


@pytest.mark.slow
def test_tokens_that_expired_long_ago_are_dropped_and_the_latest_are_still_told_apart(serve: Serve) -> None:
    server = serve(world="empty")
    tokens = []
    for _ in range(620):
        tokens.append(server.control("POST", "/tokens", json={"expires_in": 1})["token"])
        server.control("POST", "/clock/advance", json={"seconds": 2})
    assert len(server.control("GET", "/state")["tokens"]) < 430

    def reason(token: str) -> str:
        answer = server.http.get("/api/v2/chats", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        return answer.headers["x-mockcliq-reason"].partition(";")[0]

    assert (reason(tokens[-1]), reason(tokens[-180]), reason(tokens[0])) == (
        "token_expired", "token_expired", "token_unknown",
    )  # fmt: skip


# The loop


@pytest.mark.slow
def test_who_resets_a_large_world_in_a_file_keeps_nobody_else_waiting(serve: Serve, tmp_path: Path) -> None:
    server = serve(world="demo", chats=8000, database=tmp_path / "big.db", rate_limit=False)
    other = server.control("POST", "/worlds", json={"world": "documentation"})
    before = server.as_("owner").get("/chats").json()
    first = before["chats"][0]["chat_id"]
    assert server.as_("owner").post(f"/chats/{first}/message", json={"text": "Gone after the reset"}).status_code == 204
    bearer = {"Authorization": f"Bearer {other['token']}"}
    with ThreadPoolExecutor(2) as threads:
        resetting = threads.submit(httpx.post, f"{server.url}/_mockcliq/reset", timeout=300)
        meanwhile = 0
        while not resetting.done():
            assert server.control("GET", "/health") == {"status": "alive"}
            assert server.http.get("/api/v2/chats", headers=bearer).status_code == 200
            meanwhile += not resetting.done()
        assert resetting.result().status_code == 200
    assert meanwhile > 10
    assert server.as_("owner").get("/chats").json() == before


@pytest.mark.parametrize(
    ("method", "path", "copies"),
    [
        ("PUT", "/snapshots/new", "image"),
        ("POST", "/snapshots/kept/restore", "become"),
        ("POST", "/reset", "become"),
        ("GET", "/state", "image"),
        ("PUT", "/state", "become"),
    ],
)
def test_who_copies_a_large_world_keeps_nobody_else_waiting(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, method: str, path: str, copies: str
) -> None:
    """The copy ends when others have been answered: a call of its own world is not."""
    server, large = serve(world="documentation", state_bytes=32 * MIB), document(700, 10_000)
    server.control("POST", "/worlds", json={"id": "large", "state": large})
    server.control("PUT", "/worlds/large/snapshots/kept")  # after which a reset copies, too
    server.control("POST", "/worlds/large/snapshots/kept/restore")
    copy, begun, answered = getattr(Database, copies), Event(), Event()

    def waiting(*arguments: Database) -> Any:
        begun.set()
        assert answered.wait(PATIENCE_S)
        return copy(*arguments)

    monkeypatch.setattr(Database, copies, waiting)
    with ThreadPoolExecutor(2) as threads:
        content = json.dumps(large) if path == "/state" and method == "PUT" else None
        order = threads.submit(
            server.http.request, method, f"/_mockcliq/worlds/large{path}", content=content, timeout=300
        )
        assert begun.wait(PATIENCE_S)
        own = threads.submit(httpx.get, f"{server.url}/w/large/api/v2/chats", timeout=300)
        assert server.control("GET", "/health") == {"status": "alive"}
        assert server.as_("owner").get("/chats").status_code == 200
        assert not own.done()
        answered.set()
        assert order.result().is_success, order.result().text
        assert own.result().status_code == 401, "it has no token"


@pytest.mark.slow
def test_calls_of_the_world_itself_wait_until_it_is_reset(serve: Serve, tmp_path: Path) -> None:
    server = serve(world="demo", chats=3000, database=tmp_path / "big.db", rate_limit=False)
    list_, search = "/api/v2/chats", "/_mockcliq/chats?limit=1"
    bearer = {"Authorization": "Bearer 1000.mockcliq.owner"}
    before = server.http.get(list_, headers=bearer).json()
    with ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            first = server.http.get(list_, headers=bearer).json()["chats"][0]["chat_id"]
            post = f"{server.url}/api/v2/chats/{first}/message"
            assert httpx.post(post, json={"text": "Gone"}, headers=bearer, timeout=300).status_code == 204
            resetting = threads.submit(httpx.post, f"{server.url}/_mockcliq/reset", timeout=300)
            until(lambda: server.control("GET", "/health") == {"status": "alive"})
            calls = [
                threads.submit(httpx.get, server.url + path, headers=bearer, timeout=300) for path in (list_, search)
            ]
            assert resetting.result().status_code == 200
            assert [call.result().status_code for call in calls] == [200, 200]
            assert server.http.get(list_, headers=bearer).json() == before
