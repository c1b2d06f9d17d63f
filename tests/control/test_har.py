"""The journal as an HTTP Archive."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.answers import REQUEST_ID
from tests.conftest import Running, Serve
from tests.control.worlds import make
from tests.har import HAR_1_2
from tests.office import LAUNCH
from tests.placements import WITHOUT_A_NAME
from tests.processes import Start, until
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)


SECRET = "kilnglaze77Qx"


def send_secrets(http: httpx.Client) -> None:
    """Make calls with a secret in many places."""
    for place in WITHOUT_A_NAME.values():
        sent = place(SECRET)
        headers = [*sent.headers, ("Content-Type", sent.content_type)]
        http.post(f"{sent.path}?{sent.query}", headers=headers, content=sent.body)


def archive(server: Running, path: str = "/requests.har", **filters: Any) -> list[dict[str, Any]]:
    """The entries of the archive, which has to be one."""
    document = server.control("GET", path, params=filters)
    jsonschema.validate(document, HAR_1_2)
    found: list[dict[str, Any]] = document["log"]["entries"]
    return found


def test_an_archive_has_the_calls_oldest_first(office: Running) -> None:
    assert archive(office) == []
    listed = office.as_("owner").get("/chats", params={"limit": "3", "q": "ä b"})
    office.as_("owner").post(f"/chats/{LAUNCH}/message", json={"text": "hi"})
    office.as_("nobody").get("/chats")
    first, second, third = archive(office)
    assert first["request"]["url"] == f"{office.url}/api/v2/chats?limit=3&q=%C3%A4+b"
    assert first["request"]["queryString"] == [{"name": "limit", "value": "3"}, {"name": "q", "value": "ä b"}]
    assert (first["response"]["status"], first["response"]["statusText"]) == (200, "OK")
    assert first["response"]["content"]["text"] == listed.text
    assert first["_id"] == listed.headers[REQUEST_ID]
    assert second["request"]["postData"] == {"mimeType": "application/json", "text": '{"text":"hi"}'}
    assert (third["response"]["status"], "_reason" in third, "_reason" in second) == (401, True, False)


def test_a_call_without_an_answer_has_the_status_0(office: Running) -> None:
    office.control("POST", "/faults", json={"match": {}, "then": {"connection": "reset"}})
    with pytest.raises(httpx.TransportError):
        office.as_("owner").get("/chats")
    office.control("POST", "/faults", json={"match": {}, "then": {"connection": "hang"}})
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats"))
        until(lambda: len(archive(office)) == 2)
        broken, hanging = archive(office)
    assert [each["response"]["status"] for each in (broken, hanging)] == [0, 0]
    assert (hanging["_in_flight"], "_in_flight" in broken) == (True, False)
    until(lambda: "_in_flight" not in archive(office)[-1])  # or it ends in the next test's journal


def test_what_the_client_saw_is_in_the_archive(office: Running) -> None:
    office.control(
        "POST", "/faults", json={"match": {"operation": "mute_chat"}, "then": {"status": 503, "apply": "after"}}
    )
    office.as_("owner").post(f"/chats/{LAUNCH}/mute")
    assert [each["response"]["status"] for each in archive(office)] == [503]


def test_a_picture_stays_one_and_a_body_that_was_cut_says_so(office: Running) -> None:
    picture, long = bytes(range(256)) * 4, b"x" * 100_000
    owner = office.as_("owner")
    for content in (picture, long):
        owner.post(f"/chats/{LAUNCH}/files", files={"files": ("a.bin", content, "application/octet-stream")})
    told = owner.get(f"/chats/{LAUNCH}/messages").json()["data"]
    for message in told[-2:]:
        owner.get(f"/files/{message['content']['file']['id']}")
    shown = [each["response"]["content"] for each in archive(office)[-2:]]
    assert b64decode(shown[0]["text"]) == picture
    assert (shown[0]["encoding"], shown[0]["size"]) == ("base64", len(picture))
    assert (shown[1]["text"], shown[1]["comment"]) == ("x" * 65536, "Its first 64 KiB.")
    owner.post(f"/chats/{LAUNCH}/message", content=b'{"text": "' + long)
    assert archive(office)[-1]["request"]["postData"]["comment"] == "Its first 64 KiB."


def test_an_archive_takes_the_journals_filters_and_is_there_for_each_world(serve: Serve) -> None:
    server = serve(world="empty")
    world = make(server)
    server.as_("owner").get("/chats")
    world.as_("owner").get("/first")
    world.as_("owner").get("/second")
    own = world.control("GET", "/requests.har")["log"]["entries"]
    assert [each["_world"] for each in own] == [world.id, world.id]
    server.control("DELETE", f"/worlds/{world.id}")
    assert [each["_world"] for each in archive(server, world="*")] == ["default", world.id, world.id]
    assert archive(server, world=world.id, search="SECOND")[0]["request"]["url"] == f"{server.url}/api/v2/second"
    assert len(archive(server, world="*", limit=1)) == 1


@pytest.mark.parametrize("target", ["/a b/ä", "/%zz|^`{}", "*", "//x", "/x?<q>=\\"])
def test_the_urls_of_an_archive_are_absolute_whatever_was_sent(office: Running, target: str) -> None:
    with connected(office.port) as wire:
        wire.send(f"OPTIONS {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wire.answer()
    archive(office)


@pytest.mark.parametrize("host", ["cliq.zoho.eu", "CLIQ.zoho.com:443", "www.zohoapis.com", "cliq.zoho.example", ""])
def test_what_came_by_the_name_of_zoho_s_host_has_its_url(office: Running, host: str) -> None:
    with connected(office.port) as wire:
        wire.send(f"GET /api/v2/chats?limit=1 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        wire.answer()
    base = "https://" + host.lower().removesuffix(":443") if host and "example" not in host else office.url
    assert archive(office)[0]["request"]["url"] == f"{base}/api/v2/chats?limit=1"


def test_an_archive_hides_secrets(office: Running) -> None:
    send_secrets(office.http)
    text = office.http.get("/_mockcliq/requests.har").text
    assert len(json.loads(text)["log"]["entries"]) == len(WITHOUT_A_NAME)
    assert SECRET not in text


def test_the_command_line_writes_an_archive(office: Running, tmp_path: Path, start: Start) -> None:
    office.as_("owner").get("/chats")
    file = tmp_path / "calls.har"
    done = start("requests", "--har", file, "--url", office.url).ended()
    assert (done.code, "1 call" in done.out) == (0, True)
    jsonschema.validate(json.loads(file.read_text("utf-8")), HAR_1_2)
    failed = start("requests", "--har", tmp_path / "no" / "calls.har", "--url", office.url).ended()
    assert (failed.code, "cannot be written" in failed.line) == (2, True)
