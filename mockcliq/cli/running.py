"""Where a running server says its URL, for `mockcliq healthcheck` on the same machine, whatever flags it was given.

Each server has a file in a folder of its user's, with its URL and with the variables that name its address: a probe
that has the same variables means this server. A server that cannot write there is served all the same, and a probe then
goes by the variables alone.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mockcliq.environment import variable, variables

_PLACES = (Path("/tmp"), Path("/dev/shm"))  # noqa: S108 - in them, a folder that only its user can write
"""The same for server and probe, whatever TMPDIR says. Containers whose root is read-only have the second at least."""


@contextmanager
def announced(url: str) -> Iterator[None]:
    """Say that this process serves at this URL, for as long as it does."""
    file = next(filter(None, map(_written, _folders(), [url] * len(_PLACES))), None)
    try:
        yield
    finally:
        if file is not None:
            with suppress(OSError):
                file.unlink()


def running_urls() -> list[str]:
    """The URLs of the servers that have this process's variables, the latest first."""
    found: list[tuple[float, str]] = []
    for folder in _folders():
        with suppress(OSError):
            for file in _own(folder).glob("*.json"):
                with suppress(OSError, ValueError, KeyError, TypeError):
                    document = json.loads(file.read_text("utf-8"))
                    if document["variables"] == _address() and _is_alive(file):
                        found.append((file.stat().st_mtime, str(document["url"])))
    return [url for _, url in sorted(found, reverse=True)]


def _written(folder: Path, url: str) -> Path | None:
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        for each in _own(folder).iterdir():
            if not _is_alive(each):  # its server was killed
                each.unlink(missing_ok=True)
        part = folder / f"{os.getpid()}.part"
        part.write_text(json.dumps({"url": url, "variables": _address()}), "utf-8")
        return part.replace(part.with_suffix(".json"))
    return None


def _folders() -> list[Path]:
    # Windows has neither user ids nor containers of ours.
    return [place / f"mockcliq-{os.getuid()}" for place in _PLACES] if hasattr(os, "getuid") else []


def _own(folder: Path) -> Path:
    """The folder, if nobody else can have put anything into it."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} is not this user's own")
    return folder


def _is_alive(file: Path) -> bool:
    """Whether the process is there that a file is named after."""
    try:
        os.kill(int(file.stem), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _address() -> list[str | None]:
    given = variables()
    return [given.get(variable(name)) for name in ("host", "port")]
