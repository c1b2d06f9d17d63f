"""The socket that a request came by, which tells two things that ASGI does not.

Whether a server called the application at all, or a program of the same process; and whether another process answers
there too, as the workers of one server do. A world in memory is in one process alone: of two workers each has its own.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary, finalize


class Mark:
    """That a process answers at a socket; it ends with the last who holds it."""

    def __init__(self, own: socket.socket) -> None:
        finalize(self, own.close)


_MARKS: WeakValueDictionary[tuple[int, int], Mark] = WeakValueDictionary()
"""By process, since a forked one has this too, and by socket."""


def listening_socket(scope: Mapping[str, Any]) -> int | None:
    """The number that the system has for the listening socket of a request's server.

    None where no server of this process listens there: a program calls the application, or the system tells nothing.
    """
    host, port = scope.get("server") or (None, None)
    descriptors: list[int] = []
    with suppress(OSError):
        descriptors = [int(each.name) for each in Path("/dev/fd").iterdir()]
    for each in descriptors:
        with suppress(OSError):
            status = os.fstat(each)
            if not stat.S_ISSOCK(status.st_mode):
                continue
            with socket.socket(fileno=os.dup(each)) as shared:
                name = shared.getsockname()
                is_here = name == host if isinstance(name, str) else name[1] == port
                if is_here and shared.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    return status.st_ino
    return None


def mark(listening: int) -> Mark | None:
    """Have this process answer at a socket; None while another one does. Only Linux tells."""
    key = os.getpid(), listening
    found = _MARKS.get(key)
    if found is None:
        own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        found = Mark(own)
        if sys.platform == "linux":
            try:
                own.bind(f"\0mockcliq/{listening}")  # a name without a file, which ends with the process
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return None
        _MARKS[key] = found
    return found
