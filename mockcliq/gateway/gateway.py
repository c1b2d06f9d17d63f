"""The way of a request: match its path, pass the steps, run the operation, answer, write it down.

A plain ASGI application in front of FastAPI's. FastAPI parses a body before any dependency could judge the token, and
its routing and dependency solving cost more than all of our own work on a request; so it declares the operations and
documents them, and this runs them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import count
from time import perf_counter
from traceback import format_exception

from starlette.types import Receive, Scope, Send

from mockcliq.contract.refusals import CliqError, Refusal
from mockcliq.gateway import cors
from mockcliq.gateway.answers import JSON_TYPE, Answer, faulted, refusal
from mockcliq.gateway.call import Call
from mockcliq.gateway.errors import Unforeseen
from mockcliq.gateway.inputs import Disconnected
from mockcliq.gateway.route import Served
from mockcliq.gateway.router import Router
from mockcliq.gateway.socket_faults import announced, break_off
from mockcliq.gateway.steps import STEPS
from mockcliq.runtime.clock import real_time
from mockcliq.runtime.journal import BODY_LIMIT, Exchange
from mockcliq.settings import Settings
from mockcliq.timestamps import MS_PER_SECOND
from mockcliq.worlds.registry import Worlds

_LOG = logging.getLogger("mockcliq")

_JSON_HEADER = (b"content-type", JSON_TYPE)


class Gateway:
    """Serves what is emulated: the Chats API and the accounts server.

    Args:
        settings: The server's.
        served: Everything that can be called.
        worlds: Gives the worlds once they are there; a request that comes earlier waits for them.
    """

    def __init__(self, settings: Settings, served: Sequence[Served], worlds: Callable[[], Awaitable[Worlds]]) -> None:
        self._settings = settings
        self._handlers = {each.endpoint.name: each.handler for each in served}
        self._router = Router(served)
        self._worlds = worlds
        # Ids are unique across restarts as well: the journal of one and the log of another may lie side by side.
        self._started = f"{real_time():x}"
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = perf_counter()
        call = Call(scope, receive, self._settings, await self._worlds(), self._router.match(scope["path"]))
        try:
            answer = await self._answer(call)
            request_id = self._next_id()
            fault = call.fault
            if fault is not None and fault.then.connection is not None:
                # A call that hangs shall show at once.
                self._write_down(call, answer, request_id, (perf_counter() - began) * MS_PER_SECOND)
                whole = announced(answer)
                await break_off(call, whole, self._headers(call.extra_headers, whole, request_id), send)
                return
            sent = faulted(fault, call.allow) if fault is not None and fault.replaces_answers else answer
            headers = self._headers(call.extra_headers, sent, request_id)
            await send({"type": "http.response.start", "status": sent.status, "headers": headers})
            await send({"type": "http.response.body", "body": sent.body})
            self._write_down(call, answer, request_id, (perf_counter() - began) * MS_PER_SECOND)
        except Disconnected:
            return  # nobody waits for an answer any more

    def refuse_unread(self, error: CliqError) -> tuple[Answer, list[tuple[bytes, bytes]]]:
        """The answer to what never came to be a call, such as bytes that are no HTTP, and its headers."""
        answer = refusal(error)
        return answer, self._headers((), answer, self._next_id())

    async def _answer(self, call: Call) -> Answer:
        origin = call.header(b"origin")
        if origin is not None:
            call.extra_headers += cors.headers(origin)
        try:
            for step in STEPS if call.match is None else call.match.steps:
                outcome = step(call)
                if outcome is None:
                    continue
                answer = outcome if isinstance(outcome, Answer) else await outcome
                if answer is not None:
                    return answer
            return await self._handlers[call.endpoint.name](call)
        except Refusal as error:
            return refusal(error, call.redacted if error.quotes_client else str)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets the documented 500 and the log the rest
            # As a text, not as the exception itself, whose message may quote the request.
            told = call.redacted("".join(format_exception(error)))
            _LOG.error("unforeseen error in %s %s\n%s", call.scope["method"], call.redacted(call.scope["path"]), told)
            return refusal(Unforeseen(error=type(error).__name__))

    def _next_id(self) -> str:
        return f"{self._started}-{next(self._numbers)}"

    def _headers(
        self, extra: Iterable[tuple[bytes, bytes]], answer: Answer, request_id: str
    ) -> list[tuple[bytes, bytes]]:
        headers = [*answer.headers, *extra]
        if answer.body:
            headers.append((b"content-length", b"%d" % len(answer.body)))
            if not any(name == b"content-type" for name, _ in answer.headers):
                headers.append(_JSON_HEADER)
        if self._settings.debug_headers:
            headers.append((b"x-mockcliq-request-id", request_id.encode()))
            if answer.reason is not None:
                headers.append((b"x-mockcliq-reason", answer.reason.encode()))
        return headers

    def _write_down(self, call: Call, answer: Answer, request_id: str, duration_ms: float) -> None:
        call.world.journal.add(
            Exchange(
                id=request_id,
                time=call.now,
                world=call.world.id,
                operation=call.operation_name,
                user=call.user_id,
                chat=None if call.match is None else call.match.parameters.get("CHAT_ID"),
                method=call.scope["method"],
                path=call.scope["path"],
                raw_path=call.scope.get("raw_path"),
                query=call.scope["query_string"],
                headers=call.scope["headers"],
                body=call.raw_body[:BODY_LIMIT],
                body_size=len(call.raw_body),
                status=answer.status,
                answer=answer.body[:BODY_LIMIT],
                answer_size=len(answer.body),
                duration_ms=duration_ms,
                reason=answer.reason,
                fault=None if call.fault is None else call.fault.id,
            )
        )
