"""The harness of `make bench`. How fast anything is, no test judges: that takes a whole run on a calm machine."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import faker_rows
from benchmarks.__main__ import main
from benchmarks.load import Request, WrongAnswer, fetch, idle, one_by_one, side_by_side
from benchmarks.measurements import PARTS, Effort, all_rows, peer_rows
from benchmarks.report import Report
from benchmarks.rows import BARS, Row
from tests.doc_parts import RESULTS

pytestmark = pytest.mark.slow
needs_matplotlib = pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs matplotlib (make setup)")

LITTLE = Effort(
    rounds=1, requests=32, memory_after=320, journal=16, warm_up=32, clients=8, idle=8, chats=200, faker_chats=20
)
LITTLE_FOR_WHOLE = {"200 chats": "1M chats", "20 of them": "20k of them", "320 requests": "100k requests"}
"""How much of it stands in the names of rows, and what stands there in a whole run."""

_Wanted = dict[str, tuple[float, float | None, bool]]
WANTED: dict[str, _Wanted] = {
    "requests": {
        "list 20, 1 connection / FA-static": (1.2, 1.6, False),
        "list 20, 1 connection: CPU / FA-static": (1.8, 1.1, True),
        "list 20, 32 connections / FA-static": (1.2, 1.6, False),
        "list 20, 32 connections: CPU / FA-static": (1.8, 1.1, True),
        "mute, 1 connection / FA-static": (1.1, 1.4, False),
        "mute, 1 connection: CPU / FA-static": (1.5, None, True),
        "memory after 100k requests / FA-static": (1.6, 1.3, True),
        "growth of memory in 100k requests": (25, None, True),
    },
    "posts": {
        "read 20 messages, 1 connection / FA-static": (1.0, 1.3, False),
        "post, 1 connection / FA-static": (0.8, 1.1, False),
        "list 20 after each post, 1 connection / FA-static": (1.0, None, False),
    },
    "tls": {
        "list 20, 1 connection, by TLS: CPU / by HTTP": (1.5, None, True),
        "list 20, 1 connection, by the proxy: CPU / by HTTP": (1.5, None, True),
    },
    "peers": {
        "list 20, 1 connection / Prism": (2, 4, False),
        "list 20, 32 connections / Prism": (4, 9, False),
    },
    "reset": {"reset, demo world / list 20": (3, 2, True)},
    "worlds": {"new world, demo size / list 20": (5, 4, True)},
    "start": {"cold start, demo world / import fastapi, sqlmodel": (0.9, None, True)},
    "crowd": {},
    "scale": {
        "seeding of 1M chats / Faker row by row, 20k of them": (4, 8, False),
        "list 20 at 1M chats / at 1k": (1.1, None, True),
    },
    "conversations": {
        "read 20 messages at 1M chats, ten messages each / at 1k": (1.2, None, True),
        "post at 1M chats, ten messages each / at 1k": (1.2, None, True),
    },
    "file": {"memory, served from a file of 1M chats / of the demo world": (1.1, None, True)},
    "install": {"install size over a bare venv": (110, 80, True)},
}
"""The bars of the design, by the part that measures them: at least, aim, whether less is better. The file's is ours."""

# Stands in for `npm install --silent --no-audit --no-fund --prefix FOLDER PACKAGE`.
_NPM_OF_WIREMOCK_ALONE = """
[ "$7" = wiremock@3.13.2 ] || exit 1
/bin/mkdir -p "$6/node_modules/wiremock/build"
: > "$6/node_modules/wiremock/build/wiremock-standalone-3.13.2.jar"
"""

MACHINE = {
    "cpu": "A Processor",
    "cores": 2,
    "memory_gb": 8,
    "load": 0.25,
    "system": "Linux 6.1",
    "python": "3.11.7",
    "versions": {"mockcliq": "0.1.0", "fastapi": "0.165.0"},
}
ROWS = (
    Row("list 20, 1 connection", "req/s", [4500, 2000, 6000], "FA-static", [2500, 2500, 2500]),
    Row("mute, 1 connection", "req/s", [50, 70, 60], "FA-static", [100, 100, 100]),
    Row("reset, demo world", "us", [300], "list 20", [100]),
    Row("growth of memory in 100k requests", "MB", [12.25]),
    Row("memory at most while seeding 1M chats", "MB", [1056]),
    Row("list 20, 1 connection", against="Prism", skipped="there is no npm"),
)


def a_report() -> Report:
    return Report(MACHINE, is_whole=False, rounds=3, took_s=61.4, rows=ROWS)


def in_a_whole_run(row: Row) -> str:
    name = row.name
    for little, whole in LITTLE_FOR_WHOLE.items():
        name = name.replace(little, whole)
    return name


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """The port of a server that answers whatever arrives by these bytes, and hangs up."""

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                client.recv(65536)
                client.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)


def test_the_bars_are_those_of_the_design() -> None:
    written = {name: (bar.least, bar.aim, bar.is_maximum) for name, bar in BARS.items()}
    assert written == {name: wanted for rows in WANTED.values() for name, wanted in rows.items()}
    assert WANTED.keys() == PARTS.keys()


def test_the_results_that_are_shown_are_of_a_whole_run_and_have_a_row_for_every_bar() -> None:
    shown = Report.read(RESULTS)
    assert shown.is_whole
    rows = {row.name: row for row in shown.rows}
    assert rows.keys() >= BARS.keys()
    assert all(bool(row.ours) != bool(row.skipped) for row in rows.values())


@pytest.mark.parametrize("part", ["requests", "posts", "tls", "start", "crowd", "scale", "conversations", "file"])
def test_a_part_measures_what_has_a_bar(part: str) -> None:
    rows = list(all_rows(LITTLE, [part]))
    assert {in_a_whole_run(row) for row in rows} & BARS.keys() == WANTED[part].keys()
    for row in rows:
        assert not row.skipped
        assert all(figure > 0 for figure in row.theirs)
        assert len(row.ours) == 1


@pytest.mark.parametrize(
    ("programs", "prism", "wiremock"),
    [
        ({}, "there is no node", "there is no java"),
        (
            {"node": "exit 1", "npm": _NPM_OF_WIREMOCK_ALONE, "java": "exit 1"},
            "npm could not install @stoplight/prism-cli@5.16.0",
            "a server ended with exit code 1",
        ),
    ],
    ids=["nothing there", "nothing works"],
)
def test_others_servers_that_cannot_be_had_are_skipped_for_a_reason(
    programs: dict[str, str], prism: str, wiremock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = {row.name: row.verdict for row in peer_rows(LITTLE)}
    assert rows.keys() >= WANTED["peers"].keys()
    assert rows == {
        "list 20, 1 connection / Prism": f"skipped: {prism}",
        "list 20, 32 connections / Prism": f"skipped: {prism}",
        "list 20, 1 connection / WireMock": f"skipped: {wiremock}",
        "list 20, 32 connections / WireMock": f"skipped: {wiremock}",
    }


def test_an_installation_that_pip_refuses_is_skipped_for_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    refused = "skipped: pip could not install it"
    assert {row.name: row.verdict for row in all_rows(LITTLE, ["install"])} == {
        "install size over a bare venv": refused,
        "install size with the extra tls": refused,
    }


@pytest.mark.parametrize(
    "send",
    [
        lambda port, request: one_by_one(port, [request], 2),
        lambda port, request: side_by_side(port, request, 1, 2),
        lambda port, request: idle(port, request, 1).__enter__(),
        fetch,
    ],
    ids=["one by one", "side by side", "idle", "fetch"],
)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 500 Internal Server Error\r\n\r\nabc", "answered by b'HTTP/1.1 500"),
        (b"", "answered by b''|closed the connection"),
    ],
    ids=["another status", "no answer"],
)
def test_a_wrong_answer_stops_it(send: Callable[[int, Request], object], answer: bytes, said: str) -> None:
    with answering(answer) as port, pytest.raises(WrongAnswer, match=said):
        send(port, Request.to("GET /", 200, 3, "token"))


def test_an_answer_of_another_length_stops_it() -> None:
    with answering(b"HTTP/1.1 200 OK\r\n\r\nabcd") as port, pytest.raises(WrongAnswer, match="abcd"):
        one_by_one(port, [Request.to("GET /", 200, 3, "token")], 1)


def test_a_server_that_does_not_start_ends_the_run_by_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    assert main(["--quick", "--results", str(tmp_path), "reset"]) == 2
    assert capfd.readouterr().err.splitlines()[-1] == "benchmarks: a server ended with exit code 1"
    assert list(tmp_path.iterdir()) == []


@needs_matplotlib
def test_a_run_is_printed_and_written_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--rounds", "1", "--results", str(tmp_path), "reset", "worlds"]) == 0
    text = (tmp_path / "latest.txt").read_text("utf-8")
    assert capsys.readouterr().out == f"{text}Written to {tmp_path}: latest.txt, latest.json, latest.svg\n"
    read = Report.read(tmp_path / "latest.json")
    assert [{row.name} for row in read.rows] == [WANTED["reset"].keys(), WANTED["worlds"].keys()]
    assert all(len(row.ours) == 1 for row in read.rows)
    assert not read.is_whole
    assert read.as_text() == text
    below = texts_of(tmp_path / "latest.svg")[-1]
    assert below >= {f"{row.name}: {row.figure:.2f}" for row in read.rows}


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["resett"])
    assert "there is no part resett; there are requests, posts, tls, peers," in capsys.readouterr().err


def test_what_is_written_down_as_json_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    file.write_text(a_report().as_json(), "utf-8")
    read = Report.read(file)
    assert (read.as_text(), read.as_markdown()) == (a_report().as_text(), a_report().as_markdown())
    first, *_, last = json.loads(file.read_text("utf-8"))["rows"]
    assert first == {
        "what": "list 20, 1 connection",
        "unit": "req/s",
        "mockcliq": [4500, 2000, 6000],
        "against": "FA-static",
        "theirs": [2500, 2500, 2500],
        "figure": 1.8,
        "at_least": 1.2,
        "aim": 1.6,
        "less_is_better": False,
        "passed": True,
        "skipped": "",
    }
    assert (last["figure"], last["passed"], last["skipped"]) == (None, None, "there is no npm")


def test_its_text_has_medians_limits_and_verdicts() -> None:
    lines = [" ".join(line.split()) for line in a_report().as_text().splitlines()]
    assert lines == [
        "A Processor, 2 cores, 8 GB, load 0.25, Linux 6.1, Python 3.11.7",
        "mockcliq 0.1.0, fastapi 0.165.0",
        "Medians of 3 rounds, fewer of what takes long; each ratio is of two figures of one round.",
        "",
        "MockCliq other unit ratio middle half at least aim",
        "list 20, 1 connection / FA-static 4,500 2,500 req/s 1.80 1.30..2.10 1.2 1.6 pass, and the aim",
        "mute, 1 connection / FA-static 60.0 100 req/s 0.60 0.55..0.65 1.1 1.4 MISSED",
        "reset, demo world / list 20 300 100 us 3.00 <= 3 <= 2 pass",
        "growth of memory in 100k requests 12.2 MB <= 25 pass",
        "memory at most while seeding 1M chats 1,056 MB",
        "list 20, 1 connection / Prism 2 4 skipped: there is no npm",
        "",
        "Of the bars: 1 missed, 1 could not be measured. It took 61 s.",
    ]


def test_its_table_for_the_readme_says_the_same() -> None:
    assert a_report().as_markdown().splitlines() == [
        "A Processor, 2 cores, 8 GB, load 0.25, Linux 6.1, Python 3.11.7; the run took 61 s.",
        "mockcliq 0.1.0, fastapi 0.165.0.",
        "",
        "| what / against what | MockCliq | the other | ratio | at least | aim | |",
        "|---|---|---|---|---|---|---|",
        "| list 20, 1 connection / FA-static | 4,500 req/s | 2,500 req/s | 1.80 | 1.2 | 1.6 | pass, and the aim |",
        "| mute, 1 connection / FA-static | 60.0 req/s | 100 req/s | 0.60 | 1.1 | 1.4 | MISSED |",
        "| reset, demo world / list 20 | 300 us | 100 us | 3.00 | <= 3 | <= 2 | pass |",
        "| growth of memory in 100k requests | 12.2 MB |  |  | <= 25 |  | pass |",
        "| memory at most while seeding 1M chats | 1,056 MB |  |  |  |  |  |",
        "| list 20, 1 connection / Prism |  |  |  | 2 | 4 | skipped: there is no npm |",
    ]


@needs_matplotlib
def test_its_picture_has_every_figure_and_is_the_same_each_time(tmp_path: Path) -> None:
    from benchmarks.picture import draw  # noqa: PLC0415 - needs matplotlib

    one, other = tmp_path / "one.svg", tmp_path / "other.svg"
    draw(a_report(), one)
    draw(a_report(), other)
    assert one.read_bytes() == other.read_bytes()
    above, below = texts_of(one)
    assert {"list 20, 1 connection / FA-static", "0.56"} <= above
    assert below >= {
        "list 20, 1 connection / FA-static: 1.80",
        "mute, 1 connection / FA-static: 0.60",
        "reset, demo world / list 20: 3.00",
        "growth of memory in 100k requests: 12.25",
    }
    assert not any("Prism" in text for text in above | below)


@needs_matplotlib
def test_the_picture_that_is_shown_is_of_the_results_that_are_shown(tmp_path: Path) -> None:
    from benchmarks.picture import draw  # noqa: PLC0415 - needs matplotlib

    draw(Report.read(RESULTS), tmp_path / "anew.svg")
    assert texts_of(RESULTS.with_suffix(".svg")) == texts_of(tmp_path / "anew.svg")


def texts_of(picture: Path) -> list[set[str]]:
    """What is written in each of its panels."""
    svg = "{http://www.w3.org/2000/svg}"
    root = ET.fromstring(picture.read_bytes())  # noqa: S314  a picture of our own
    panels = [each for each in root.iter(f"{svg}g") if each.get("id", "").startswith("axes_")]
    return [{" ".join("".join(text.itertext()).split()) for text in panel.iter(f"{svg}text")} for panel in panels]


def test_faker_fills_whole_chats_row_by_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As many people and messages in a chat, on average, as the demo has in a million: 5.4 and 1.1."""
    file = tmp_path / "faker.db"
    faker_rows.main(500, str(file))
    assert all(float(seconds) > 0 for seconds in capsys.readouterr().out.split())
    with closing(sqlite3.connect(file)) as database:
        (chats,) = database.execute("SELECT count(*) FROM chat").fetchone()
        (people,) = database.execute("SELECT count(*) FROM participation").fetchone()
        messages, texts = database.execute("SELECT count(*), count(DISTINCT text) FROM message").fetchone()
    assert chats == 500
    assert 5.2 < people / chats < 5.7
    assert 1.05 < messages / chats < 1.2
    assert texts == messages
