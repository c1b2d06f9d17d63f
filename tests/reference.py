"""The references as the tests' oracle: what each operation promises, and the page's request samples made runnable.

Everything here is read from ``fixtures/documentation``, which transcribes the page on chats, and ``fixtures/contract``,
which has the facts of all other operations of v2; nothing comes from ``mockcliq``.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlsplit

DOCUMENTATION = Path(__file__).parents[1] / "fixtures" / "documentation"
CONTRACT = Path(__file__).parents[1] / "fixtures" / "contract" / "v2.json"
PLACEHOLDER_CHAT = "987000000654321"
"""The chat id in every request sample of the page."""

LANGUAGES = ("curl", "python", "fetch", "node")
"""The languages whose samples are transcribed: curl, Python's http.client, JavaScript's fetch, Node's https."""


@dataclass(frozen=True)
class Parameter:
    """A row of an operation's table of parameters. ``place`` is path, query or body."""

    place: str
    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Documented:
    """One section of the page. ``path`` is the whole path, with ``{CHAT_ID}``; ``samples`` are texts by language."""

    name: str
    title: str
    method: str
    path: str
    scope: str
    threshold: int
    window: timedelta
    lock_period: timedelta
    parameters: tuple[Parameter, ...]
    body_example: Mapping[str, Any] | None
    success_status: int
    success_example: Mapping[str, Any] | None
    errors: Mapping[int, str]
    samples: Mapping[str, str]

    @property
    def sample_path(self) -> str:
        """The path as the page's samples ask for it, with the placeholder chat."""
        return self.path.replace("{CHAT_ID}", PLACEHOLDER_CHAT)

    @property
    def statuses(self) -> list[int]:
        """The documented statuses, the success first."""
        return [self.success_status, *self.errors]


class Replayed(NamedTuple):
    """What a sample got from the server."""

    status: int
    body: bytes


def _read(row: Mapping[str, Any]) -> Documented:
    return Documented(
        name=row["name"],
        title=row["title"],
        method=row["method"],
        path=row["path"],
        scope=row["scope"],
        threshold=row["threshold"],
        window=timedelta(seconds=row["threshold_window_s"]),
        lock_period=timedelta(minutes=row["lock_minutes"]),
        parameters=tuple(
            Parameter(place, parameter["name"], parameter["type"], parameter["required"])
            for place in ("path", "query", "body")
            for parameter in row[f"{place}_parameters"]
        ),
        body_example=row.get("body_example"),
        success_status=row["success"]["status"],
        success_example=row["success"]["example"],
        errors={int(status): sentence for status, sentence in row["errors"].items()},
        samples={language: (DOCUMENTATION / file).read_text("utf-8") for language, file in row["samples"].items()},
    )


_PAGE = json.loads((DOCUMENTATION / "chats.json").read_text("utf-8"))

BASE_URL: str = _PAGE["base_url"]
SAMPLE_TOKEN: str = _PAGE["token"]
DOCUMENTED: tuple[Documented, ...] = tuple(_read(row) for row in _PAGE["operations"])
"""The eight sections, in the page's order."""

SENTENCES: dict[int, str] = dict(DOCUMENTED[0].errors)
"""The sentence of each refusal; the page repeats the same eight under every operation."""


def documented(name: str) -> Documented:
    """The section of that operation."""
    return next(section for section in DOCUMENTED if section.name == name)


# All of v2


@dataclass(frozen=True)
class Promised:
    """What is known of any operation of v2. ``path`` has no names in its braces, since references name them variously.

    ``scopes`` are those of which one will do; none where none is asked for. ``success`` is None where no reference
    tells the status.
    """

    name: str
    method: str
    path: str
    scopes: tuple[str, ...]
    threshold: int
    threshold_source: str
    window_s: float
    lock_s: float
    success: int | None
    source: str
    same_call_as: str | None = None


ASSUMED_THRESHOLD = 20
ASSUMED_LOCK_MINUTES = 10
"""What stands where no reference has a number."""


def shape(path: str) -> str:
    """A path without its query and the names in its braces."""
    return re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0])


def _promised(row: Mapping[str, Any]) -> Promised:
    """A number of another version, or one without its lock, is no documented one."""
    is_whole = row["threshold"] is not None and row["lock_minutes"] is not None and row["threshold_source"] != "v3"
    return Promised(
        name=row["name"],
        method=row["method"],
        path=shape(row["path"]),
        scopes=tuple(row[key] for key in ("scope", "other_scope") if row.get(key)),
        threshold=row["threshold"] or ASSUMED_THRESHOLD,
        threshold_source=row["threshold_source"] if is_whole else "assumed",
        window_s=60 * row["window_minutes"],
        lock_s=60 * (row["lock_minutes"] or ASSUMED_LOCK_MINUTES),
        success=row["success"],
        source=row["source"],
        same_call_as=row.get("same_path_as"),
    )


_V2 = json.loads(CONTRACT.read_text("utf-8"))

EMULATED: tuple[Promised, ...] = (
    *(
        Promised(
            name=section.name,
            method=section.method,
            path=shape(section.path),
            scopes=(section.scope,),
            threshold=section.threshold,
            threshold_source="documented",
            window_s=section.window.total_seconds(),
            lock_s=section.lock_period.total_seconds(),
            success=section.success_status,
            source="documented",
        )
        for section in DOCUMENTED
    ),
    *map(_promised, _V2["emulated"]),
)
"""All operations that are emulated, the page's eight first, in the order in which the server lists them."""

SAME_CALL: tuple[Promised, ...] = tuple(map(_promised, _V2["same_call"]))
"""Operations of the reference that are calls of others, to whose limit they count."""

NOT_EMULATED: tuple[Promised, ...] = tuple(map(_promised, _V2["not_emulated"]))
"""Operations of the reference that the server knows and does not emulate."""

SCOPES = frozenset(_row["scope"] for _rows in _V2.values() for _row in _rows if _row["scope"]) | frozenset(
    section.scope for section in DOCUMENTED
)
"""Every scope of v2."""


# The samples

# The placeholder body of the pin samples, as each language writes it, and how that language writes another one.
_PLACEHOLDER_BODY: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "curl": ('{"field1":"value1","field2":"value2"}', str),
    "fetch": ('{"field1":"value1","field2":"value2"}', str),
    "python": (r'"{\"field1\":\"value1\",\"field2\":\"value2\"}"', json.dumps),
    "node": ("{field1: 'value1', field2: 'value2'}", str),
}


def with_body(sample: str, language: str, body: Mapping[str, Any]) -> str:
    """The sample with this body in the place of the page's ``{"field1": ...}``, and no other change."""
    placeholder, written = _PLACEHOLDER_BODY[language]
    return _replaced(sample, {placeholder: written(json.dumps(body))})


def available(language: str) -> bool:
    """Whether this machine has what the language's samples run on."""
    return all(shutil.which(program) for program in _RUN_BY[language])


def replay(sample: str, language: str, base_url: str) -> Replayed:
    """Run a sample as its reader would, against ``base_url`` in the place of the documented one.

    Only scheme, host and port of the text change. What it was answered is observed from outside of it: by curl's own
    configuration file, or by a few lines that run around it.
    """
    with TemporaryDirectory() as folder:
        return _RUNNERS[language](_moved(sample, language, base_url), Path(folder))


def _moved(sample: str, language: str, base_url: str) -> str:
    """The sample with the documented scheme and host replaced, in whatever form the language writes them."""
    there = urlsplit(BASE_URL)
    here = urlsplit(base_url)
    assert here.scheme == "http", "the samples would need a certificate"
    return _replaced(
        sample,
        {
            "curl": {BASE_URL: base_url},
            "fetch": {BASE_URL: base_url},
            "python": {f'HTTPSConnection("{there.hostname}")': f'HTTPConnection("{here.netloc}")'},
            "node": {
                'require("https")': 'require("http")',
                f'"hostname": "{there.hostname}"': f'"hostname": "{here.hostname}"',
                '"port": null': f'"port": {here.port}',
            },
        }[language],
    )


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    """The text with each of the replacements made, each exactly once."""
    for old, new in replacements.items():
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the sample"
        text = text.replace(old, new)
    return text


_RUN_BY: Mapping[str, tuple[str, ...]] = {
    "curl": ("curl", "bash"),
    "python": (),
    "fetch": ("node",),
    "node": ("node",),
}

_CURLRC = """\
silent
show-error
noproxy = "*"
max-time = 30
output = "{body}"
write-out = "%{{http_code}}"
"""

# Both observers get the sample's path and the path to write to, and write the status and the body in base64.
_AROUND_PYTHON = """\
import base64, json, runpy, sys
sample = runpy.run_path(sys.argv[1])
with open(sys.argv[2], "w") as observed:
    json.dump({"status": sample["res"].status, "body": base64.b64encode(sample["data"]).decode()}, observed)
"""

_AROUND_NODE = """\
const fs = require("fs");
const observe = (status, body) =>
  fs.writeFileSync(process.argv[2], JSON.stringify({ status, body: Buffer.from(body).toString("base64") }));

const fetched = globalThis.fetch;
globalThis.fetch = async (...call) => {
  const response = await fetched(...call);
  observe(response.status, await response.clone().arrayBuffer());
  return response;
};

const http = require("http");
const requested = http.request;
http.request = (...call) =>
  requested(...call).on("response", (response) => {
    const chunks = [];
    response.on("data", (chunk) => chunks.push(chunk));
    response.on("end", () => observe(response.statusCode, Buffer.concat(chunks)));
  });
"""


def _run_curl(sample: str, folder: Path) -> Replayed:
    body = folder / "body"
    (folder / ".curlrc").write_text(_CURLRC.format(body=body), "utf-8")
    status = _run(["env", f"CURL_HOME={folder}", "bash", _written(folder / "sample.sh", sample)])
    return Replayed(int(status), body.read_bytes() if body.exists() else b"")


def _run_python(sample: str, folder: Path) -> Replayed:
    around = _written(folder / "around.py", _AROUND_PYTHON)
    _run([sys.executable, around, _written(folder / "sample.py", sample), str(folder / "observed")])
    return _observed(folder)


def _run_node(sample: str, folder: Path) -> Replayed:
    around = _written(folder / "around.js", _AROUND_NODE)
    _run(["node", "--require", around, _written(folder / "sample.js", sample), str(folder / "observed")])
    return _observed(folder)


_RUNNERS: Mapping[str, Callable[[str, Path], Replayed]] = {
    "curl": _run_curl,
    "python": _run_python,
    "fetch": _run_node,
    "node": _run_node,
}


def _written(file: Path, text: str) -> str:
    file.write_text(text, "utf-8")
    return str(file)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def _observed(folder: Path) -> Replayed:
    observed = json.loads((folder / "observed").read_text("utf-8"))
    return Replayed(observed["status"], base64.b64decode(observed["body"]))
