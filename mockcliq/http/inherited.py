"""Sockets whose descriptors a forked process has inherited: while it lives, a close here is none to the other side."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Any
from weakref import WeakSet

_listening: WeakSet[socket.socket] = WeakSet()


def keep_from_children(listening: socket.socket) -> None:
    """Have forked processes close it: else clients would connect, and hang, for as long as one of them lives."""
    _listening.add(listening)


def _close_in_child() -> None:
    for each in list(_listening):
        if each.fileno() >= 0:
            os.close(each.detach())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)


def shut_down(shared: Any) -> None:
    """End a connection, or listening, whoever else has the socket; to be closed after that.

    Args:
        shared: The socket, or what a transport gives for one.
    """
    # By a descriptor of our own, since not every transport lets its socket be shut down. The client may be gone, and
    # macOS shuts no listening socket down.
    with suppress(OSError), socket.fromfd(shared.fileno(), shared.family, shared.type) as own:
        own.shutdown(socket.SHUT_RDWR)
