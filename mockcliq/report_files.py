"""The folder of a report: its two files, each replaced whole, and the parts that make one report of several servers."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import finalize

from mockcliq.contract.outcome import FAILURES
from mockcliq.contract.quoting import cause_of
from mockcliq.ui.report import MARKER, report_page

PAGE = "report.html"
ARCHIVE = "mockcliq.har"

_PARTS = ".parts"

_ENDED = "ended"
"""A file in a part whose server has written it for the last time."""

_OVER = "over"
"""A file beside the parts once the run is over: who makes one report of them then removes them, if all have ended."""

_DOCUMENT = re.compile(r'<script type="application/json" id="mockcliq-report">(.*?)</script>', re.DOTALL)


class ReportUnusable(Exception):
    """A report cannot be written there; the message is one line that says why."""


class ReportFolder:
    """A folder for a report alone; it is made, with a report in which nothing has happened yet.

    Raises:
        ReportUnusable: It cannot be made, or written to.
    """

    def __init__(self, path: Path, document: Iterable[bytes], archive: Iterable[bytes]) -> None:
        self.path = path.absolute()
        self._release: Callable[[], object] = lambda: None
        try:
            self.write(document, archive)
        except OSError as error:
            raise ReportUnusable(
                f"a report cannot be written to {path}: {cause_of(error)}; MOCKCLIQ_REPORT names a folder of its own"
            ) from error

    def write(self, document: Iterable[bytes], archive: Iterable[bytes]) -> None:
        """Replace both files.

        Args:
            document: What the page shows, as JSON in which no ``<`` stands.
            archive: The HAR, as JSON.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        before, _, after = report_page().partition(MARKER)
        self._replace(ARCHIVE, archive)
        self._replace(PAGE, (before.encode(), *document, after.encode()))

    def claim(self) -> bool:
        """Hold the folder until the `end`; tells whether nobody else does, as far as the system can know."""
        if sys.platform == "win32":  # which has no such lock
            return True
        import fcntl  # noqa: PLC0415 - not everywhere

        descriptor = os.open(self.path, os.O_RDONLY)
        self._release = finalize(self, os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno != errno.EWOULDBLOCK
        return True

    def end(self) -> None:
        """Let the folder go, which was written for the last time; of a part and the others one report is made.

        Whoever was to make it at the end of the run may be gone.

        Raises:
            ReportUnusable: That cannot be written.
        """
        self._release()
        if self.path.parent.name == _PARTS:
            with suppress(OSError):
                (self.path / _ENDED).touch()
            join_parts(str(self.path.parents[1]))

    def _replace(self, name: str, pieces: Iterable[bytes]) -> None:
        unfinished = self.path / f".{name}.part"
        try:
            with unfinished.open("wb") as file:
                file.writelines(pieces)
            unfinished.replace(self.path / name)
        except OSError:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise


def part_of(folder: str, name: str) -> str:
    """The folder of one of several servers that make one report."""
    return os.path.join(folder, _PARTS, name)  # noqa: PTH118 - for a process's variables


def forget_report(folder: str) -> None:
    """Remove the report of an earlier run, and its parts, if it was killed before they were one report."""
    shutil.rmtree(Path(folder) / _PARTS, ignore_errors=True)
    for name in (PAGE, ARCHIVE):
        with suppress(OSError):
            (Path(folder) / name).unlink()


def join_parts(folder: str, *, is_over: bool = False) -> bool:
    """Make one report of the parts in a folder; returns whether there were any.

    Worlds are named after their parts, since those have worlds of the same names.

    Args:
        folder: The report's.
        is_over: Whether no more servers will start. Once they have ended, too, the parts are removed.

    Raises:
        ReportUnusable: The folder cannot be written to.
    """
    within = Path(folder) / _PARTS
    if not within.is_dir():
        return False
    try:
        with _alone(within):
            if is_over:
                (within / _OVER).touch()
            parts = sorted(each for each in within.glob("*") if (each / PAGE).is_file())
            if parts:
                _join(Path(folder), parts)
            if (within / _OVER).exists() and all((each / _ENDED).exists() for each in parts):
                shutil.rmtree(within, ignore_errors=True)
    except OSError as error:
        raise ReportUnusable(f"a report cannot be made of the parts in {within}: {cause_of(error)}") from error
    return bool(parts)


@contextmanager
def _alone(within: Path) -> Iterator[None]:
    """Let one process at a time join parts, so that the last one has all."""
    with (within / ".lock").open("wb") as file:
        if sys.platform != "win32":  # which has no such lock: what ends at the same moment may miss some seconds there
            import fcntl  # noqa: PLC0415 - not everywhere

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _join(folder: Path, parts: Sequence[Path]) -> None:
    documents = {part.name: _document(part / PAGE) for part in parts}
    runs = [_within(name, run, "world") for name, each in documents.items() for run in each["runs"]]
    runs.sort(key=lambda run: run["started"], reverse=True)
    runs.sort(key=lambda run: not _has_failed(run))
    requests = [_within(name, call, "world") for name, each in documents.items() for call in each["requests"]]
    latest = max(documents.values(), key=lambda each: str(each["written"]))
    document = {
        **latest,
        "runs": runs,
        "requests": requests,
        **{name: sum(each[name] for each in documents.values()) for name in ("dropped_runs", "dropped")},
    }
    archives = {part.name: json.loads((part / ARCHIVE).read_bytes()) for part in parts}
    archive = next(iter(archives.values()))
    archive["log"]["entries"] = [
        _within(name, entry, "_world") for name, each in archives.items() for entry in each["log"]["entries"]
    ]
    archive["log"]["entries"].sort(key=lambda entry: str(entry["startedDateTime"]))
    ReportFolder(folder, [embeddable(json.dumps(document).encode())], [json.dumps(archive).encode()])


def embeddable(document: bytes) -> bytes:
    """JSON as it may stand in a page: no text in it ends its element."""
    return document.replace(b"<", b"\\u003c")


def _has_failed(run: Mapping[str, Any]) -> bool:
    has_no_outcome = run["outcome"] is None and run["test"] is not None and run["ended"] is not None
    return run["outcome"] in FAILURES or has_no_outcome


def _within(part: str, thing: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {**thing, key: f"{part}/{thing[key]}"}


def _document(page: Path) -> dict[str, Any]:
    found = _DOCUMENT.search(page.read_text("utf-8"))
    assert found is not None, f"{page} is no report of this version"
    document: dict[str, Any] = json.loads(found[1])
    return document
