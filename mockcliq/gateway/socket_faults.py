"""Breaks a connection off in place of an answer, as a fault rule wants it.

ASGI knows answers only, so this needs the connection itself, which our own HTTP protocol puts into the scope as an
extension of ASGI. So it is there behind any middleware, and below any path. Where a program of the same process calls
the application, there is none: `BrokenOff` is raised in its stead. Under another server an answer can be cut short, and
a call can hang; `unbreakable` says what cannot be done there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.types import Send

from mockcliq.gateway.answers import Answer, to_json
from mockcliq.gateway.body import drain_body
from mockcliq.gateway.call import Received
from mockcliq.gateway.extension import EXTENSION, has_connection
from mockcliq.gateway.listening import listening_socket
from mockcliq.runtime.faults import Breakage

_MADE_UP = to_json({"data": {"note": "A fault rule cut this answer short."}})
"""What is announced where there is no answer to cut short, or one without a body."""


class BrokenOff(ConnectionResetError):
    """A fault rule breaks the connection off, but no connection can be reached here: this stands for it."""


def unbreakable(scope: Mapping[str, Any], how: Breakage) -> bool:
    """Whether a connection cannot be broken off like that, under the server by which a request came."""
    return how not in ("truncate", "hang") and not has_connection(scope) and listening_socket(scope) is not None


def announced(answer: Answer) -> Answer:
    """The whole of which a truncated answer is the start: the call's own, if it has a body to cut."""
    return answer if answer.body else answer._replace(status=HTTPStatus.OK, body=_MADE_UP)


async def break_off(call: Received, whole: Answer, headers: Sequence[tuple[bytes, bytes]], send: Send) -> None:
    """Do to the call's connection what its fault rule says.

    Args:
        call: A call that a rule with a `connection` fired on.
        whole: The answer that a truncated one is the start of.
        headers: That answer's.
        send: The server's.

    Raises:
        BrokenOff: There is no connection that could be reached.
        Disconnected: The client hung up before its request was complete.
    """
    assert call.fault is not None
    how = call.fault.then.connection
    if how != "hang":
        # The system makes an RST of a close where something is left unread.
        await drain_body(call)
    if how == "truncate":
        await send({"type": "http.response.start", "status": whole.status, "headers": headers})
        half = whole.body[: len(whole.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    if has_connection(call.scope):
        await call.scope["extensions"][EXTENSION]["break_off"](how)
    elif how == "hang":
        while (await call.receive())["type"] != "http.disconnect":
            pass
    elif how != "truncate" or listening_socket(call.scope) is None:
        raise BrokenOff(f"fault rule {call.fault.id} broke the connection off: {how}")
