"""The report of a server: two files that are there when it is gone, however it went."""

from __future__ import annotations

import logging
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import mockcliq
from mockcliq.control import report
from mockcliq.runtime.journal import Exchange
from mockcliq.runtime.runs import Run
from mockcliq.worlds.registry import Worlds
from tests.answers import REQUEST_ID
from tests.conftest import Serve
from tests.control.test_har import SECRET, send_secrets
from tests.control.worlds import make
from tests.processes import PATIENCE_S, SERVE, Start, until
from tests.report import NAMES, archived, document, paths

pytestmark = pytest.mark.slow

FIRST = "/api/v2/chats"


def files(folder: Path) -> set[str]:
    """What is in a folder."""
    return {each.name for each in folder.iterdir()}


def test_a_report_is_there_after_sigterm(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    server = start(*SERVE, "--report", folder)
    with server.http() as http:
        asked = http.get("/api/v2/chats/1/members")
        world = http.post("/_mockcliq/worlds", json={"test": "test_night"}).json()
        http.get("/api/v2/nothing</script>", headers={"Authorization": f"Bearer {world['token']}"})
        http.put(f"/_mockcliq/worlds/{world['id']}/outcome", json={"outcome": "failed"})
        http.delete(f"/_mockcliq/worlds/{world['id']}")
    assert server.end_by(signal.SIGTERM).code == 0
    assert files(folder) == NAMES
    told = document(folder)
    assert [(run["world"], run["test"], run["outcome"], run["calls"]) for run in told["runs"]] == [
        (world["id"], "test_night", "failed", 1),
        ("default", None, None, 1),
    ]
    assert (None in [run["ended"] for run in told["runs"]], told["dropped"], told["dropped_runs"]) == (False, 0, 0)
    first, second = told["requests"]
    assert (first["id"], first["status"], first["world"]) == (asked.headers[REQUEST_ID], asked.status_code, "default")
    assert first["explanation"]["advice"]
    assert (second["path"], second["run"]) == ("/api/v2/nothing</script>", told["runs"][0]["run"])
    assert second["explanation"]["nearest_route"]
    assert [entry["_id"] for entry in archived(folder)] == [first["id"], second["id"]]
    assert archived(folder)[0]["request"]["url"] == f"http://127.0.0.1:{asked.url.port}/api/v2/chats/1/members"


def test_the_calls_of_the_last_moment_are_in_a_report_after_sigterm(start: Start, tmp_path: Path) -> None:
    server = start(*SERVE, "--report", tmp_path / "report")
    with server.http() as http:
        asked = [http.get(f"/api/v2/nothing/{number}").headers[REQUEST_ID] for number in range(150)]
    assert server.end_by(signal.SIGTERM).code == 0
    told = document(tmp_path / "report")
    assert ([call["id"] for call in told["requests"]], told["dropped"]) == (asked, 0)
    assert [entry["_id"] for entry in archived(tmp_path / "report")] == asked


def test_calls_are_rendered_before_the_files_are_due(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    part = report.Report._part

    def noted(self: report.Report, worlds: Worlds, exchange: Exchange, run: Run | None) -> report._Part:
        rendered.append(exchange.id)
        return part(self, worlds, exchange, run)

    monkeypatch.setattr(report.Report, "_part", noted)
    monkeypatch.setattr(report, "_PAUSE_S", PATIENCE_S)
    server = serve(world="empty", report=tmp_path)
    asked = [server.as_("owner").get("/nothing").headers[REQUEST_ID] for _ in range(3)]
    until(lambda: rendered == asked)
    assert paths(tmp_path) == []


def test_what_is_not_explained_yet_is_told_all_the_same(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_EXPLAINING_S", 0.0)
    server = serve(world="empty", report=tmp_path)
    for _ in range(3):
        server.as_("owner").get("/nothing")
    until(lambda: len(paths(tmp_path)) == 3)
    told = document(tmp_path)
    assert (told["dropped"], [call["explanation"] for call in told["requests"]]) == (0, [None] * 3)
    monkeypatch.undo()
    until(lambda: all(call["explanation"] for call in document(tmp_path)["requests"]))


def test_at_the_end_the_latest_calls_of_failed_tests_are_explained_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explained: list[str] = []

    def explain(_world: object, exchange: Exchange, *_others: object) -> dict[str, Any]:
        explained.append(exchange.id)
        return {}

    monkeypatch.setattr(report, "explained", explain)
    monkeypatch.setattr(report, "_PAUSE_S", PATIENCE_S)
    asked = []
    with mockcliq.start(world="empty", report=tmp_path) as client:
        for test in ("test_failed", "test_passed"):
            with client.worlds.create(test=test) as world:
                asked += [httpx.get(f"{world.world_url}/api/v2/nothing").headers[REQUEST_ID] for _ in range(2)]
                world.set_outcome("failed" if test == "test_failed" else "passed")
    assert explained == [asked[1], asked[0], asked[3], asked[2]]


def test_a_report_is_there_after_a_kill(start: Start, tmp_path: Path) -> None:
    server = start(*SERVE, "--report", tmp_path / "report")
    with server.http() as http:
        assert paths(tmp_path / "report") == [], "it is there from the start"
        http.get(FIRST)
        until(lambda: paths(tmp_path / "report") == [FIRST])
        http.get("/api/v2/later")
    server.kill()
    assert paths(tmp_path / "report")[:1] == [FIRST]
    assert len(archived(tmp_path / "report")) in (1, 2)


def test_no_secret_is_in_a_report(serve: Serve, tmp_path: Path) -> None:
    server = serve(world="documentation", report=tmp_path)
    send_secrets(server.http)
    count = len(server.control("GET", "/requests")["requests"])
    until(lambda: len(paths(tmp_path)) == count)
    assert all(SECRET not in each.read_text("utf-8") for each in tmp_path.iterdir())


@pytest.mark.parametrize("at", ["file", "file/below"])
def test_a_folder_that_cannot_be_is_refused_at_the_start(start: Start, tmp_path: Path, at: str) -> None:
    (tmp_path / "file").write_text("mine")
    ended = start(*SERVE, "--report", tmp_path / at).ended()
    assert (ended.code, "MOCKCLIQ_REPORT" in ended.line) == (2, True)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_cannot_be_leaves_no_database(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    ended = start(*SERVE, "--report", tmp_path / "file", "--database", tmp_path / "world.db").ended()
    assert (ended.code, files(tmp_path)) == (2, {"file"})


@pytest.mark.skipif(sys.platform == "win32", reason="has no lock of a folder")
def test_a_folder_that_another_server_writes_to_is_told(start: Start, tmp_path: Path) -> None:
    def told(folder: Path) -> bool:
        server = start(*SERVE, "--report", folder)
        server.banner()
        return f"another server writes its report to {folder}" in server.err

    one, other = tmp_path / "one", tmp_path / "other"
    first = start(*SERVE, "--report", one)
    first.banner()
    assert (told(one), told(other)) == (True, False)
    assert "another server" not in first.err
    first.end_by(signal.SIGKILL)


def test_a_folder_is_free_again_when_a_server_of_this_process_has_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = []
    for _ in range(3):
        with mockcliq.start(report=tmp_path) as server:
            kept.append(server)
    assert not [message for message in caplog.messages if "another server" in message]
    with mockcliq.start(report=tmp_path), mockcliq.start(report=tmp_path):
        assert [message for message in caplog.messages if "another server" in message]


def test_a_folder_is_free_again_when_its_server_is_gone(start: Start, tmp_path: Path) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM):
        server = start(*SERVE, "--report", tmp_path)
        server.banner()
        assert "another server" not in server.err
        server.end_by(number)


def test_a_disk_that_refuses_later_is_told_once_and_the_server_goes_on(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_PAUSE_S", 0.05)
    folder = tmp_path / "report"
    server = serve(world="empty", report=folder)
    shutil.rmtree(folder)
    folder.write_text("in the way")

    def told() -> int:
        return sum("cannot be written" in message for message in caplog.messages)

    with caplog.at_level(logging.ERROR, "mockcliq"):
        server.as_("owner").get("/chats")
        until(told)
        server.as_("owner").get("/again")
        folder.unlink()
        until(lambda: (folder / "report.html").is_file() and len(paths(folder)) == 2)
    assert told() == 1


def test_beyond_its_bytes_a_report_has_the_calls_of_failed_tests(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_MOST_BYTES", 60_000)
    server = serve(world="empty", report=tmp_path)
    failed, passed = make(server, test="test_failed"), make(server, test="test_passed")
    for world, outcome in ((failed, "failed"), (passed, "passed")):
        for _ in range(5):
            world.as_("owner").get("/chats", params={"q": "x" * 1500})
        world.control("PUT", "/outcome", json={"outcome": outcome})
        server.control("DELETE", f"/worlds/{world.id}")
    until(lambda: document(tmp_path)["requests"])
    until(lambda: document(tmp_path)["runs"][0]["outcome"] == "failed")
    told = document(tmp_path)
    worlds = [call["world"] for call in told["requests"]]
    assert worlds.count(failed.id) == 5
    assert 0 < told["dropped"] == 10 - len(worlds)


def test_what_a_report_leaves_out_takes_no_memory_and_comes_back_with_its_test_s_failure(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_MOST_BYTES", 60_000)
    rendered: list[str] = []
    reports: list[report.Report] = []
    part, begin = report.Report._part, report.Report.begin

    def begun(self: report.Report) -> None:
        reports.append(self)
        begin(self)

    def noted(self: report.Report, worlds: Worlds, exchange: Exchange, run: Run | None) -> report._Part:
        rendered.append(exchange.id)
        return part(self, worlds, exchange, run)

    monkeypatch.setattr(report.Report, "begin", begun)
    monkeypatch.setattr(report.Report, "_part", noted)
    server = serve(world="empty", report=tmp_path)
    early, late = make(server, test="test_early"), make(server, test="test_late")
    for world in (early, late):
        for _ in range(10):
            world.as_("owner").get("/chats", params={"q": "x" * 3000})
    until(lambda: {call["world"] for call in document(tmp_path)["requests"]} == {late.id})
    kept = sum(each.size for each in reports[0]._parts.values() if each is not None)
    assert (len(reports[0]._parts), kept < 2 * 60_000) == (20, True)
    early.control("PUT", "/outcome", json={"outcome": "failed"})
    until(lambda: {call["world"] for call in document(tmp_path)["requests"]} == {early.id})
    before = len(rendered)
    for number in range(before + 1, before + 4):
        late.as_("owner").get("/chats")
        until(lambda: len(rendered) >= number)  # noqa: B023 - it is called at once
    assert len(rendered) == before + 3, "the others are not rendered over and over"


def test_a_failed_test_stays_in_a_report_of_many(serve: Serve, tmp_path: Path) -> None:
    server = serve(world="empty", report=tmp_path, kept_runs=2)
    for outcome in ("failed", "passed", "passed", "passed"):
        world = make(server, test=f"test_{outcome}")
        world.as_("owner").get("/nothing")
        world.control("PUT", "/outcome", json={"outcome": outcome})
        server.control("DELETE", f"/worlds/{world.id}")
    until(lambda: document(tmp_path).get("dropped_runs") == 2)
    told = document(tmp_path)
    assert [run["outcome"] for run in told["runs"]] == ["failed", None, "passed"]
    assert told["requests"][0]["run"] == told["runs"][0]["run"]


def test_a_test_that_was_cut_short_is_among_the_failed_ones(start: Start, tmp_path: Path) -> None:
    server = start(*SERVE, "--report", tmp_path)
    with server.http() as http:
        names = {}
        for test in ("test_ended", "test_passed", "test_under_way"):
            names[test] = http.post("/_mockcliq/worlds", json={"test": test}).json()["id"]
        http.put(f"/_mockcliq/worlds/{names['test_passed']}/outcome", json={"outcome": "passed"})
        for test in ("test_ended", "test_passed"):
            http.delete(f"/_mockcliq/worlds/{names[test]}")
    assert server.end_by(signal.SIGTERM).code == 0
    assert [run["test"] for run in document(tmp_path)["runs"]] == ["test_under_way", "test_ended", None, "test_passed"]


def test_a_call_in_flight_is_told_anew_when_it_is_over(serve: Serve, tmp_path: Path) -> None:
    server = serve(world="empty", report=tmp_path)
    server.control("POST", "/faults", json={"match": {}, "then": {"delay_ms": 4000}})
    server.as_("owner").get("/chats")
    until(lambda: [call["status"] for call in document(tmp_path)["requests"]] == [200])
    assert "in_flight" not in document(tmp_path)["requests"][0]
