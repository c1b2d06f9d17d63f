"""Files: shared by forms, shown in messages, downloaded by who is in the chat."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.app import create_app
from mockcliq.settings import Settings
from mockcliq.store.files import File, Files
from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Running, Serve, running
from tests.processes import PATIENCE_S
from tests.profiles import examples

CHAT = "987000000654321"
FILES = f"/chats/{CHAT}/files"
MIB = 1024 * 1024
WEBHOOK_TOKEN = "1001.mockcliq.webhook"


def rows(server: Running, chat: str = CHAT, limit: int = 100) -> list[dict[str, Any]]:
    """The newest messages of a chat, the oldest first."""
    listed = server.as_("owner").get(f"/chats/{chat}/messages", params={"limit": limit})
    found: list[dict[str, Any]] = listed.json()["data"]
    return found


def share(server: Running, *files: tuple[str, bytes], **said: str) -> None:
    answer = server.as_("owner").post(FILES, files=[("file", each) for each in files], data=said)
    assert_agreed(answer, 204)


def latest_id(server: Running) -> str:
    """The id of the file in the latest message."""
    return str(rows(server, limit=1)[0]["content"]["file"]["id"])


def form(*parts: bytes, end: bytes = b"--x--\r\n") -> dict[str, Any]:
    """What is sent of a form that was written by hand."""
    body = b"".join(b"--x\r\n%b\r\n" % part for part in parts) + end
    return {"content": body, "headers": {"content-type": "multipart/form-data; boundary=x"}}


def part(disposition: bytes, content: bytes = b"bytes", more: bytes = b"") -> bytes:
    return b"Content-Disposition: form-data; %b\r\n%b\r\n%b" % (disposition, more, content)


def test_each_file_is_a_message_with_its_caption(demo: Running) -> None:
    share(demo, ("plan.txt", b"plan"), ("map.png", b"\x89PNG"), comments='["The plan", "The map"]')
    first, second = rows(demo, limit=2)
    assert (first["type"], second["type"]) == ("file", "file")
    assert first["content"] == {
        "file": {
            "name": "plan.txt",
            "type": "text/plain",
            "dimensions": {"size": 4},
            "id": first["content"]["file"]["id"],
        },
        "comment": "The plan",
    }
    assert second["content"]["file"]["type"] == "image/png"
    assert second["content"]["comment"] == "The map"
    assert first["content"]["file"]["id"] != second["content"]["file"]["id"]


def test_ten_files_are_ten_rows_and_the_chats_last_message(demo: Running) -> None:
    before = len(rows(demo))
    share(demo, *((f"{number}.txt", b"%d" % number) for number in range(10)))
    added = rows(demo)[before:]
    assert [row["content"]["file"]["name"] for row in added] == [f"{number}.txt" for number in range(10)]
    assert demo.control("GET", f"/chats/{CHAT}")["last_message"]["type"] == "file"


def demo_chat(server: Running) -> str:
    """The own id of the reference's chat."""
    return str(server.control("GET", f"/chats/{CHAT}")["id"])


@pytest.mark.parametrize("name", ["comment", "text", "comments"])
def test_a_plain_caption_is_the_first_files(name: str, demo: Running) -> None:
    share(demo, ("a", b"a"), ("b", b"b"), **{name: "Look at this"})
    assert [row["content"].get("comment") for row in rows(demo, limit=2)] == ["Look at this", None]


def user_id(server: Running, role: str) -> str:
    users = server.control("GET", "/users")["users"]
    return str(next(each["id"] for each in users if each["role"] == role))


@pytest.fixture
def with_bot(serve: Serve) -> Running:
    """The demo with a bot, which is in the channel marketing and has the owner and the member for its audience."""
    server = serve()
    document = server.control("GET", "/state")
    subscribers = [user_id(server, role) for role in ("owner", "member")]
    document["bots"].append({"unique_name": "packer", "name": "Packer", "subscribers": subscribers})
    channel(document)["channel"]["bots"].append("packer")
    server.control("PUT", "/state", json=document)
    return server


def channel(document: Mapping[str, Any]) -> dict[str, Any]:
    """The channel marketing in a state document."""
    return next(each for each in document["chats"] if each.get("channel", {}).get("unique_name") == "marketing")


@pytest.mark.parametrize("place", ["chats", "channels", "channelsbyname", "buddies", "bots"])
def test_a_webhook_token_shares_too(place: str, with_bot: Running) -> None:
    paths = {
        "chats": CHAT,
        "channels": channel(with_bot.control("GET", "/state"))["channel"]["channel_id"],
        "channelsbyname": "marketing",
        "buddies": user_id(with_bot, "member"),
        "bots": "packer",
    }
    answer = with_bot.http.post(
        f"/api/v2/{place}/{paths[place]}/files", params={"zapikey": WEBHOOK_TOKEN}, files={"files": ("a.txt", b"a")}
    )
    assert_agreed(answer, 204)


def test_a_bot_shares_with_its_audience_or_the_one_named(with_bot: Running) -> None:
    def received(label: str) -> list[str]:
        chats = [chat for chat in with_bot.as_(label).chats() if chat["chat_type"] == "bot"]
        listed = [with_bot.as_(label).get(f"/chats/{chat['chat_id']}/messages").json()["data"] for chat in chats]
        return [row["content"]["file"]["name"] for each in listed for row in each if row["sender"]["name"] == "Packer"]

    path = "/bots/packer/files"
    assert_agreed(with_bot.as_("owner").post(path, files={"file": ("all.txt", b"a")}), 204)
    named = {"user_id": user_id(with_bot, "member")}
    assert_agreed(with_bot.as_("owner").post(path, files={"file": ("one.txt", b"a")}, data=named), 204)
    assert received("owner") == ["all.txt"]
    assert received("member") == ["all.txt", "one.txt"]


@pytest.mark.parametrize("place", ["params", "data"])
def test_a_bot_of_the_channel_shares_there(place: str, with_bot: Running) -> None:
    chat = channel(with_bot.control("GET", "/state"))["id"]
    named: Any = {place: {"bot_unique_name": "packer"}}
    answer = with_bot.as_("owner").post("/channelsbyname/marketing/files", files={"file": ("a", b"a")}, **named)
    assert_agreed(answer, 204)
    assert rows(with_bot, chat, limit=1)[0]["sender"]["name"] == "Packer"
    dm = next(each for each in with_bot.as_("owner").chats() if each["chat_type"] == "dm")["chat_id"]
    answer = with_bot.as_("owner").post(f"/chats/{dm}/files", files={"file": ("a", b"a")}, **named)
    assert_refused(answer, 400)
    assert "bot_not_member" in reason_of(answer)


def test_a_channel_gets_files_by_its_id_and_its_name(demo: Running) -> None:
    marketing = channel(demo.control("GET", "/state"))
    for path in (f"/channels/{marketing['channel']['channel_id']}", "/channelsbyname/marketing"):
        assert_agreed(demo.as_("owner").post(f"{path}/files", files={"file": ("a.txt", b"a")}), 204)
    assert [row["type"] for row in rows(demo, marketing["id"], limit=2)] == ["file"] * 2


def test_files_for_a_person_begin_their_chat_and_reach_them(demo: Running) -> None:
    receiver = user_id(demo, "member")
    answer = demo.as_("owner").post(f"/buddies/{receiver}/files", files={"file": ("a.txt", b"for you")})
    assert_agreed(answer, 204)
    chat = demo.as_("member").chats(limit=1)[0]
    assert chat["chat_type"] == "dm"
    file = rows(demo, chat["chat_id"], limit=1)[0]["content"]["file"]["id"]
    assert demo.as_("member").get(f"/files/{file}").content == b"for you"


def test_nothing_is_begun_by_a_form_that_is_refused(demo: Running) -> None:
    receiver = user_id(demo, "member")
    before = demo.control("GET", "/state")
    assert_refused(demo.as_("owner").post(f"/buddies/{receiver}/files", files={"file": ("a.txt", b"")}), 400)
    assert demo.control("GET", "/state")["chats"] == before["chats"]


def test_a_file_is_downloaded_with_its_type_and_its_name(demo: Running) -> None:
    share(demo, ('Übersicht "neu".txt', b"\x00\xff bytes"))
    for path in ("files", "attachments"):
        answer = demo.as_("owner").get(f"/{path}/{latest_id(demo)}", headers={"accept": "image/*"})
        assert answer.status_code == 200
        assert answer.content == b"\x00\xff bytes"
        assert answer.headers["content-type"] == "text/plain"
        assert answer.headers["content-disposition"] == (
            "attachment; filename=\"_bersicht _neu_.txt\"; filename*=UTF-8''%C3%9Cbersicht%20%22neu%22.txt"
        )


def test_a_type_of_its_own_is_kept(demo: Running) -> None:
    answer = demo.as_("owner").post(FILES, files={"file": ("a.bin", b"a", "application/x-plan; version=2")})
    assert_agreed(answer, 204)
    download = demo.as_("owner").get(f"/files/{latest_id(demo)}")
    assert download.headers["content-type"] == "application/x-plan; version=2"


def test_only_participants_download(demo: Running) -> None:
    share(demo, ("a.txt", b"a"))
    answer = demo.as_("outsider").get(f"/files/{latest_id(demo)}")
    assert_refused(answer, 403)
    assert "not_a_receiver" in reason_of(answer)


def test_an_unknown_file_is_not_found(demo: Running) -> None:
    answer = demo.as_("owner").get("/files/a_0100")
    assert_refused(answer, 404)
    assert "unknown_file" in reason_of(answer)


def test_a_download_is_for_get_alone(demo: Running) -> None:
    share(demo, ("a.txt", b"a"))
    answer = demo.as_("owner").call("HEAD", f"/files/{latest_id(demo)}")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


def test_a_deleted_message_takes_its_file_along(demo: Running) -> None:
    share(demo, ("a.txt", b"a"))
    file, message = latest_id(demo), rows(demo, limit=1)[0]["id"]
    assert_agreed(demo.as_("owner").delete(f"/chats/{CHAT}/messages/{message}"), 204)
    assert_refused(demo.as_("owner").get(f"/files/{file}"), 404)


FILE = b'name="file"; filename="a.txt"'
MALFORMED: Mapping[str, tuple[dict[str, Any], str]] = {
    "json": ({"json": {"text": "a"}}, "no_form; have=Content-Type: application/json"),
    "nothing": ({}, "no_form; have=no Content-Type"),
    "no boundary": ({"content": b"a", "headers": {"content-type": "multipart/form-data"}}, "no_form"),
    "a long boundary": (
        {"content": b"a", "headers": {"content-type": f"multipart/form-data; boundary={'x' * 300}"}},
        "malformed_form",
    ),
    "another boundary": (
        {"content": b"--y--\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        "malformed_form",
    ),
    "no bytes": ({"content": b"", "headers": {"content-type": "multipart/form-data; boundary=x"}}, "without an end"),
    "no end": (form(part(FILE), end=b""), "malformed_form; have=a body without an end; need=a last line of --x--"),
    "a second file cut off": (form(part(FILE), part(FILE), end=b""), "without an end"),
    "no part": (form(), "no_file; have=parts: none; need=a part file or files that has a filename"),
    "no file": (form(part(b'name="comments"')), "no_file; have=parts: comments"),
    "a part without a name": (form(part(b'filename="a.txt"')), "a part without a name"),
    "a part without a head": (form(b"\r\nbytes"), "a part without a name"),
    "a head that is none": (form(b"no head\r\n\r\nbytes"), "malformed_form"),
    "a file as a field": (form(part(b'name="file"')), "part file with no filename"),
    "an empty name": (form(part(b'name="file"; filename=""')), "a name of 1 to 255 characters"),
    "a blank name": (form(part(b'name="file"; filename="  "')), "a name of 1 to 255 characters"),
    "a long name": (form(part(b'name="file"; filename="%b"' % (b"n" * 256))), "a name of 1 to 255 characters"),
    "a path": (form(part(b'name="file"; filename="../a.txt"')), "a name without a path"),
    "a folder": (form(part(b'name="file"; filename=".."')), "a name without a path"),
    "an escaped line": (form(part(b'name="file"; filename="a%0Ab"')), "a name without control characters"),
    "a zero byte": (form(part(b'name="file"; filename="a\x00b"')), "a name without control characters"),
    "an empty file": (form(part(FILE, b"")), "file a.txt, which is empty; need=a file of at least one byte"),
    "another part": (form(part(b'name="upload"; filename="a.txt"')), "need=the name file or files"),
    "no media type": (form(part(FILE, more=b"Content-Type: text\r\n")), "need=a media type, such as image/png"),
    "an encoding": (
        form(part(FILE, more=b"Content-Transfer-Encoding: base64\r\n")),
        "need=the file's bytes as they are",
    ),
    "a part twice": (form(part(b'name="text"'), part(b'name="text"'), part(FILE)), "need=one part of that name"),
    "a field of no text": (form(part(b'name="text"', b"\xff"), part(FILE)), "need=text in UTF-8"),
    "a long field": (form(part(b'name="text"', b"a" * 65_537), part(FILE)), "more than 65536 bytes"),
    "many fields": (form(*(part(b'name="%d"' % number) for number in range(21)), part(FILE)), "more than 20 fields"),
    "eleven files": (form(*[part(FILE)] * 11), "too_many_files; have=more than 10 files; need=at most 10"),
    "captions that are no list": (form(part(b'name="comments"', b"[1]"), part(FILE)), "comments=[1]; need=a JSON list"),
    "more captions than files": (form(part(b'name="comments"', b'["a", "b"]'), part(FILE)), "comments=2 captions"),
    "a long caption": (form(part(b'name="comment"', b"a" * 5001), part(FILE)), "at most 5000 characters"),
    "no flag": (form(part(b'name="mark_as_read"', b"perhaps"), part(FILE)), "mark_as_read=perhaps"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_form_is_refused_with_what_to_change_and_leaves_nothing(case: str, demo: Running) -> None:
    sent, said = MALFORMED[case]
    before = demo.control("GET", "/state")["chats"]
    answer = demo.as_("owner").post(FILES, **sent)
    assert_refused(answer, 400)
    assert said in reason_of(answer)
    assert demo.control("GET", "/state")["chats"] == before


@given(body=st.binary(max_size=200), is_framed=st.booleans())
@examples(50)
def test_no_bytes_of_a_form_are_an_error_of_the_server(body: bytes, is_framed: bool, demo: Running) -> None:
    demo.control("DELETE", "/limits")
    sent = form(part(FILE, body), end=body) if is_framed else form(body)
    assert demo.as_("owner").post(FILES, **sent).status_code in (204, 400)


def test_the_largest_file_is_taken_and_a_larger_one_is_not(demo: Running) -> None:
    answer = demo.as_("owner").post(FILES, files={"file": ("big.bin", bytes(50 * MIB + 1))})
    assert_refused(answer, 400)
    assert "file_too_large; have=more than 52428800 bytes in big.bin" in reason_of(answer)
    share(demo, ("big.bin", bytes(50 * MIB)))
    assert len(demo.as_("owner").get(f"/files/{latest_id(demo)}").content) == 50 * MIB


def test_a_form_that_announces_more_than_ten_files_may_have_is_not_read(demo: Running) -> None:
    with closing(socket.create_connection(("127.0.0.1", demo.port), timeout=30)) as client:
        client.sendall(
            b"POST /api/v2%b HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 1000.mockcliq.owner\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 999999999\r\n\r\n" % FILES.encode()
        )
        assert client.recv(12) == b"HTTP/1.1 400"


def test_a_client_that_goes_in_the_middle_leaves_nothing(demo: Running) -> None:
    before = rows(demo)
    with closing(socket.create_connection(("127.0.0.1", demo.port), timeout=30)) as client:
        client.sendall(
            b"POST /api/v2%b HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 1000.mockcliq.owner\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9999\r\n\r\n"
            % FILES.encode()
            + b"--x\r\n%b" % part(FILE)
        )
    assert rows(demo) == before


def test_a_world_has_room_for_so_many_bytes_of_files(serve: Serve) -> None:
    server = serve(world="documentation", files_bytes=10)
    share(server, ("a.txt", b"123456"))
    before = rows(server)
    answer = server.as_("owner").post(FILES, files=[("file", ("b.txt", b"1")), ("file", ("c.txt", b"12345"))])
    assert_refused(answer, 400)
    assert "files_full; have=12 bytes of files with these; need=at most 10 in a world" in reason_of(answer)
    assert rows(server) == before
    share(server, ("b.txt", b"1234"))


def test_a_state_document_has_small_files_and_lists_the_rest(serve: Serve) -> None:
    server = serve(state_file_bytes=4)
    share(server, ("small.txt", b"1234"), ("large.txt", b"12345"), comment="both")
    shown = rows(server)
    small, large = (row["content"]["file"]["id"] for row in shown[-2:])
    document = server.control("GET", "/state")
    chat = next(each for each in document["chats"] if each["id"] == demo_chat(server))
    files = {message["file"]["name"]: message["file"] for message in chat["messages"] if "file" in message}
    assert base64.b64decode(files["small.txt"]["content"]) == b"1234"
    assert "content" not in files["large.txt"]
    left_out = {"chat": chat["id"], "message": shown[-1]["id"], "name": "large.txt"}
    assert left_out in document["files_left_out"]
    server.control("PUT", "/state", json=document)
    assert rows(server) == shown
    assert server.as_("owner").get(f"/files/{small}").content == b"1234"
    answer = server.as_("owner").get(f"/files/{large}")
    assert_refused(answer, 404)
    assert "file_left_out; have=large.txt, without its content" in reason_of(answer)
    assert server.control("GET", "/state") == document


def test_snapshots_and_resets_have_the_files_of_their_time(demo: Running) -> None:
    share(demo, ("a.txt", b"a"))
    file = latest_id(demo)
    demo.control("PUT", "/snapshots/with")
    demo.control("POST", "/reset")
    assert_refused(demo.as_("owner").get(f"/files/{file}"), 404)
    demo.control("POST", "/snapshots/with/restore")
    assert demo.as_("owner").get(f"/files/{file}").content == b"a"


def test_a_database_keeps_files(file: Path) -> None:
    with running(Settings(database=file)) as server:
        share(server, ("a.bin", b"\x00\xff" * 100_000))
        shared = latest_id(server)
    with running(Settings(database=file)) as server:
        assert server.as_("owner").get(f"/files/{shared}").content == b"\x00\xff" * 100_000


def test_the_journal_keeps_the_beginning_of_a_form_and_its_secrets_to_itself(demo: Running) -> None:
    answer = demo.as_("owner").post(
        FILES, files={"file": ("a.bin", b"z" * MIB)}, data={"client_secret": "very-secret-42"}
    )
    assert_agreed(answer, 204)
    entry = demo.control("GET", "/requests", params={"operation": "share_files_to_chat"})["requests"][-1]
    assert entry["body_truncated"] is True
    assert "very-secret-42" not in json.dumps(entry)
    assert len(entry["body"]) < 200_000


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\%"), min_size=1, max_size=60
).filter(lambda name: name.strip() and name not in (".", ".."))


@given(name=NAMES, content=st.binary(min_size=1, max_size=3000))
@examples(60)
def test_any_name_and_any_bytes_come_back_as_they_were(name: str, content: bytes, demo: Running) -> None:
    demo.control("DELETE", "/limits")
    share(demo, (name, content))
    file = rows(demo, limit=1)[0]["content"]["file"]
    assert (file["name"], file["dimensions"]) == (name, {"size": len(content)})
    answer = demo.as_("owner").get(f"/files/{file['id']}")
    assert answer.content == content
    disposition = answer.headers["content-disposition"]
    extended = disposition.partition("filename*=UTF-8''")[2]
    plain = disposition.partition('filename="')[2].partition('"')[0]
    assert (unquote(extended) if extended else plain) == name


@given(content=st.binary(min_size=1, max_size=100), size=st.integers(1, 40))
@examples(40)
def test_a_form_may_come_in_pieces_of_any_size(content: bytes, size: int, demo: Running) -> None:
    demo.control("DELETE", "/limits")
    sent = form(part(FILE, content + b"\r\n--"), part(b'name="comment"', b"in pieces"))
    body = sent.pop("content")
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    assert_agreed(demo.as_("owner").post(FILES, content=pieces, **sent), 204)
    assert rows(demo, limit=1)[0]["content"]["comment"] == "in pieces"
    assert demo.as_("owner").get(f"/files/{latest_id(demo)}").content == content + b"\r\n--"


@pytest.mark.parametrize(
    ("what", "rule"), [("channel", "archived_channel"), ("thread", "closed_thread"), ("outsider", "not_a_participant")]
)
def test_files_go_where_messages_go(what: str, rule: str, serve: Serve) -> None:
    server = serve()
    document = server.control("GET", "/state")
    marketing = channel(document)
    chat = marketing["id"]
    if what == "channel":
        marketing["channel"]["status"] = "archived"
    if what == "thread":
        chat = "CT_1-T-1"
        parent = {"chat": marketing["id"], "message": marketing["messages"][0]["id"], "closed": True}
        person = {"creator": user_id(server, "owner"), "participants": [user_id(server, "owner")]}
        document["chats"].append(
            {"id": chat, "type": "thread", "created": marketing["created"], "thread": parent, **person}
        )
    server.control("PUT", "/state", json=document)
    label = "outsider" if what == "outsider" else "owner"
    answer = server.as_(label).post(f"/chats/{chat}/files", files={"file": ("a.txt", b"a")})
    assert_refused(answer, 403 if what == "outsider" else 400)
    assert reason_of(answer).startswith(f"{rule};")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'name="file"; filename="say \\"hi\\".txt"', 'say "hi".txt'),
        (b'name="file"; filename="say %22hi%22.txt"', 'say "hi".txt'),
        (b"name=file; filename=plain.txt", "plain.txt"),
        (b"name=\"file\"; filename*=utf-8''r%C3%A9sum%C3%A9.txt", "résumé.txt"),
        ('name="file"; filename="naïve; 100%.txt"'.encode(), "naïve; 100%.txt"),
        (b'name="file"; filename="C:\\docs\\plan.txt"', "plan.txt"),
    ],
)
def test_names_are_read_as_clients_write_them(disposition: bytes, name: str, demo: Running) -> None:
    assert_agreed(demo.as_("owner").post(FILES, **form(part(disposition))), 204)
    assert rows(demo, limit=1)[0]["content"]["file"]["name"] == name


@pytest.mark.parametrize("caption", ["[WIP] draft", "[1", "{}", "12", "null", ' ["a"] ', '"quoted"'])
def test_a_caption_that_is_no_list_of_texts_is_the_first_file_s(caption: str, demo: Running) -> None:
    share(demo, ("plan.txt", b"plan"), comments=caption)
    assert rows(demo, limit=1)[0]["content"]["comment"] == ("a" if "a" in caption and '["' in caption else caption)


def test_an_upload_that_is_given_up_leaves_messages_and_files_in_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its content is written on a thread, which cannot be stopped: all that belongs together is written there."""
    begun, may_go_on = threading.Event(), threading.Event()
    add = Files.add

    def add_late(self: Files, file: File) -> None:
        begun.set()
        assert may_go_on.wait(PATIENCE_S)
        add(self, file)

    monkeypatch.setattr(Files, "add", add_late)
    path = tmp_path / "world.db"
    app = create_app(Settings(world="documentation", database=path))

    async def give_up_and_go_on() -> list[dict[str, Any]]:
        headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://x/api/v2", headers=headers) as client,
        ):
            files = [("file", (name, bytes(MIB))) for name in ("a.bin", "b.bin")]
            sharing = asyncio.create_task(client.post(FILES, files=files))
            await asyncio.to_thread(begun.wait, PATIENCE_S)
            sharing.cancel()
            with suppress(asyncio.CancelledError):
                await sharing
            posting = asyncio.create_task(client.post(f"/chats/{CHAT}/message", json={"text": "meanwhile"}))
            await asyncio.sleep(0)
            may_go_on.set()
            assert (await posting).status_code == 204
            listed: list[dict[str, Any]] = (await client.get(f"/chats/{CHAT}/messages")).json()["data"]
            return listed

    listed = asyncio.run(give_up_and_go_on())
    assert listed[-1]["content"]["text"] == "meanwhile"
    named = {each["content"]["file"]["id"] for each in listed if each["type"] == "file"}
    with closing(sqlite3.connect(path)) as connection:
        kept = {file for (file,) in connection.execute("SELECT id FROM file")}
        (written,) = connection.execute("SELECT count(*) FROM message WHERE text = 'meanwhile'").fetchone()
    assert (kept, written) == (named, 1)
