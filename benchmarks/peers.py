"""Mock servers of other makers, beside which MockCliq is measured: Prism and WireMock, as npm has them.

They are installed once, each into a folder of the user's cache, and serve the very list that MockCliq serves.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load import Request, fetch
from benchmarks.servers import OWNER_TOKEN, DidNotStart, Server, Unavailable, free_port

_PRISM = "@stoplight/prism-cli@5.16.0"
_WIREMOCK = "wiremock@3.13.2"

LIST_PATH = "/api/v2/chats"
_READY = f"{LIST_PATH}?limit=20"


@contextmanager
def prism(ours: Server, list_body: bytes) -> Iterator[Server]:
    """Prism as it is by default, with MockCliq's own document, in which the list's example is the list.

    Raises:
        Unavailable: There is no Prism here, and it cannot be had.
    """
    node = _program("node")
    main = _installed(_PRISM, "node_modules/@stoplight/prism-cli/dist/index.js")
    document = json.loads(fetch(ours.port, Request.to("GET /openapi.json", 200, 0, OWNER_TOKEN)))
    answer = document["paths"][LIST_PATH]["get"]["responses"]["200"]["content"]["application/json"]
    answer["example"] = json.loads(list_body)
    with TemporaryDirectory() as folder:
        file = Path(folder, "openapi.json")
        file.write_text(json.dumps(document), "utf-8")
        with _serving([node, str(main), "mock", "--port"], [str(file)]) as server:
            yield server


@contextmanager
def wiremock(_ours: Server, list_body: bytes) -> Iterator[Server]:
    """WireMock with one stub, the list; its journal as it is by default, compression off, so that all send the same.

    Raises:
        Unavailable: There is no WireMock or no Java here, and it cannot be had.
    """
    java = _program("java")
    jar = _installed(_WIREMOCK, f"node_modules/wiremock/build/wiremock-standalone-{_WIREMOCK.rpartition('@')[2]}.jar")
    with TemporaryDirectory() as folder:
        stub = {
            "request": {"method": "GET", "urlPath": LIST_PATH},
            "response": {
                "status": 200,
                "body": list_body.decode(),
                "headers": {"Content-Type": "application/json;charset=UTF-8"},
            },
        }
        Path(folder, "mappings").mkdir()
        Path(folder, "mappings", "list.json").write_text(json.dumps(stub), "utf-8")
        plain = ["--disable-gzip", "--use-chunked-encoding", "never"]
        with _serving([java, "-jar", str(jar), "--port"], ["--root-dir", folder, *plain]) as server:
            yield server


PEERS = {"Prism": prism, "WireMock": wiremock}


@contextmanager
def _serving(before: list[str], after: list[str]) -> Iterator[Server]:
    port = free_port()
    try:
        server = Server([*before, str(port), *after], port, _READY)
    except DidNotStart as why:
        raise Unavailable(str(why)) from why
    try:
        yield server
    finally:
        server.stop()


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise Unavailable(f"there is no {name}")
    return path


def _installed(package: str, file: str) -> Path:
    """A file of a package, which npm installs if it is not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "mockcliq-benchmarks")
    there = cache / package.replace("/", "-")
    if not (there / file).exists():
        npm = _program("npm")
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=cache) as folder:
            begun = Path(folder, "package")
            begun.mkdir()
            command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(begun), package]
            if subprocess.run(command, check=False, capture_output=True).returncode or not (begun / file).exists():
                raise Unavailable(f"npm could not install {package}")
            # Moved when it is whole, so that one that was broken off is not taken for it.
            begun.rename(there)
    return there / file
