"""The request pipeline: match the path, run the API's steps, run the handler, answer, write the journal.

A plain ASGI application in front of FastAPI's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cached_property
from itertools import count
from time import perf_counter
from traceback import format_exception

from starlette.types import Receive, Scope, Send

from mockcliq.contract.api import Api, Register
from mockcliq.contract.operation import Operation
from mockcliq.contract.refusals import Reason, Refusal
from mockcliq.contract.timestamps import MS_PER_SECOND
from mockcliq.gateway.access_log import AccessLog
from mockcliq.gateway.answers import Answer, completed, to_json
from mockcliq.gateway.body import Disconnected
from mockcliq.gateway.call import Received, Server
from mockcliq.gateway.outside import OUTSIDE
from mockcliq.gateway.router import Router
from mockcliq.gateway.rules import DATABASE_LOST, DISK_FAILED, UNFORESEEN_ERROR
from mockcliq.gateway.socket_faults import announced, break_off
from mockcliq.gateway.steps import cors
from mockcliq.gateway.waiting import resumed
from mockcliq.public_url import PublicUrl
from mockcliq.runtime.clock import real_time
from mockcliq.runtime.headers import Headers
from mockcliq.runtime.journal import KEPT_BYTES, Exchange
from mockcliq.runtime.request_line import request_line
from mockcliq.settings import Settings
from mockcliq.store.troubles import DatabaseLost, DatabaseUnusable
from mockcliq.worlds.registry import Worlds

_LOG = logging.getLogger("mockcliq")

_NO_RESOURCES: Mapping[str, str] = {}
_NO_CODES: Mapping[str, str] = {}
_NO_ANSWER = Answer(None, b"")

_SHOWN_AFTER_S = 0.05
"""How long a call waits before the journal shows it in flight."""


class Gateway:
    """Serves the emulated APIs.

    ``routed`` returns the operations to serve, and is called at the first request; ``access_log`` is told every call.
    """

    def __init__(  # noqa: PLR0913 - the composition root gives it the parts that it works with
        self,
        settings: Settings,
        public_url: PublicUrl,
        register: Register,
        routed: Callable[[], Iterable[Operation]],
        worlds: Callable[[], Awaitable[Worlds]],
        access_log: AccessLog | None = None,
    ) -> None:
        self._settings = settings
        self._public_url = public_url
        self._register = register
        self._routed = routed
        self._worlds = worlds
        self._access_log = access_log
        self._server: Server | None = None
        # Request ids are unique across restarts: a journal may outlive the server in a log.
        self._started = f"{real_time():x}"
        self._numbers = count(1)

    @cached_property
    def _router(self) -> Router:
        return Router(self._register, self._routed())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        match = self._router.match(scope["path"])
        api = self._router.nearest_api(scope["path"]) if match is None else match.api
        if self._server is None:
            try:
                worlds = await self._worlds()
            except (DatabaseUnusable, DatabaseLost) as error:
                rule = DATABASE_LOST if isinstance(error, DatabaseLost) else DISK_FAILED
                refused, headers = self._refuse(api, Refusal(rule, trouble=error))
                await send({"type": "http.response.start", "status": refused.status, "headers": headers})
                await send({"type": "http.response.body", "body": refused.body})
                return
            self._server = Server(self._settings, self._public_url, self._register, worlds)
        call = Received(scope, receive, self._server, api, match)
        answering = self._answer(call)
        try:
            # Most calls wait for nothing, and pay nothing for those that do.
            try:
                waited_for = answering.send(None)
            except StopIteration as answered:
                answer = answered.value
            else:
                answer = await self._show_meanwhile(call, began, resumed(answering, waited_for))
            request_id = self._next_id() if call.shown is None else call.shown.id
            fault = call.fault
            if fault is not None and fault.then.connection is not None:
                await self._break_off(call, answer, request_id, began, send)
                return
            sent = answer  # the journal keeps the handler's own, the client may get a fault's
            if fault is not None and fault.replaces_answers:
                sent = call.style.fault(fault, "" if match is None else match.allow)
            headers = self._headers(call.extra_headers, sent, request_id)
            await send({"type": "http.response.start", "status": sent.status, "headers": headers})
            await send({"type": "http.response.body", "body": sent.body})
            self._record(call, self._exchange(call, answer, sent, request_id, began), sent.reason)
        except Disconnected:
            return
        finally:
            if call.shown is not None and call.shown.is_in_flight:
                self._record(call, self._exchange(call, _NO_ANSWER, _NO_ANSWER, call.shown.id, began), None)

    async def _show_meanwhile(self, call: Received, began: float, answering: Awaitable[Answer]) -> Answer:
        """Wait for the answer; the journal has the call before that, if it is long in coming."""
        timer = asyncio.get_running_loop().call_later(_SHOWN_AFTER_S, self._show, call, began)
        try:
            return await answering
        finally:
            timer.cancel()

    def _show(self, call: Received, began: float) -> None:
        """Add the call to the journal as one in flight."""
        if call.shown is None and call.world.journal.size:
            call.shown = self._exchange(call, _NO_ANSWER, _NO_ANSWER, self._next_id(), began)
            call.shown.is_in_flight = True
            call.world.journal.show(call.shown)

    async def _break_off(self, call: Received, answer: Answer, request_id: str, began: float, send: Send) -> None:
        """Break the connection off as the call's fault rule wants it."""
        assert call.fault is not None
        sent = answer._replace(status=None)
        whole = announced(answer)
        sending = self._headers(call.extra_headers, whole, request_id)
        if call.fault.then.connection == "hang":
            self._show(call, began)  # it lasts until its client leaves
            try:
                await break_off(call, whole, sending, send)
            finally:
                request_id = request_id if call.shown is None else call.shown.id
                self._record(call, self._exchange(call, answer, sent, request_id, began), sent.reason)
        else:
            self._record(call, self._exchange(call, answer, sent, request_id, began), sent.reason)
            await break_off(call, whole, sending, send)

    async def has_world(self, name: str) -> bool:
        """Whether there is a world of this name, once worlds are made."""
        return (await self._worlds()).named(name) is not None

    async def refuse_outside(
        self,
        refusal: Refusal,
        method: str,
        target: str,
        headers: list[tuple[bytes, bytes]],
        world_id: str | None,
    ) -> tuple[Answer, list[tuple[bytes, bytes]]]:
        """Refuse a call to the proxy for another host, and keep it in a world's journal, `default`'s by default.

        Args:
            refusal: Why.
            method: Of the call.
            target: Its host and port, for its path: all else may be secret.
            headers: What is kept of its headers.
            world_id: The world that the client of the proxy belongs to, if it said so.
        """
        worlds = await self._worlds()
        world = (worlds.named(world_id) if world_id else None) or worlds.default
        answer = self._at_proxy(refusal)
        request_id = self._next_id()
        exchange = Exchange(
            id=request_id,
            time=world.clock.now(),
            world=world.id,
            operation=OUTSIDE,
            user=None,
            resources=_NO_RESOURCES,
            line=request_line((method, target, target.encode(), b"")),
            headers=Headers.of(headers),
            body=b"",
            body_size=0,
            status=answer.status,
            sent_status=answer.status,
            answer=answer.body,
            answer_size=len(answer.body),
            answer_headers=answer.headers,
            has_debug_headers=self._settings.debug_headers,
            duration_ms=0,
            reason=answer.reason,
            fault=None,
        )
        world.journal.add(exchange)
        if self._access_log is not None:
            self._access_log.add(exchange, answer.reason, worlds.has_issued)
        return answer, self._headers((), answer, request_id)

    def refuse_at_proxy(self, refusal: Refusal) -> tuple[Answer, list[tuple[bytes, bytes]]]:
        """The answer, with headers, to what the proxy cannot take for a call to any host."""
        answer = self._at_proxy(refusal)
        return answer, self._headers((), answer, self._next_id())

    def _at_proxy(self, refusal: Refusal) -> Answer:
        """The proxy's own words: the emulated API's are about calls to it."""
        reason = refusal.reason()
        message = refusal.rule.advice.replace("{have}", reason.have)
        return Answer(refusal.status, to_json({"message": message}), reason=reason)

    def refuse_unread(self, refusal: Refusal) -> tuple[Answer, list[tuple[bytes, bytes]]]:
        """The answer, with headers, to bytes that never became a request."""
        return self._refuse(self._register.apis[0], refusal)

    def _refuse(self, api: Api, refusal: Refusal) -> tuple[Answer, list[tuple[bytes, bytes]]]:
        answer: Answer = api.style.refuse(refusal)
        return answer, self._headers((), answer, self._next_id())

    async def _answer(self, call: Received) -> Answer:
        origin = call.header(b"origin")
        if origin is not None:
            call.extra_headers += cors.headers(origin)
        try:
            if call.world.working is not None:
                await call.world.free()
            call.world.store.database.require_file()
            for step in call.api.steps.in_order:
                outcome = step(call)
                if outcome is None or outcome is call:
                    continue
                if not isinstance(outcome, Answer):
                    outcome = await outcome
                    await call.world.free()
                if isinstance(outcome, Answer):
                    return outcome
            assert call.operation is not None
            answer: Answer = await call.operation.handler(call)
        except Refusal as refusal:
            codes = _NO_CODES if call.operation is None else call.operation.codes
            answer = call.style.refuse(refusal, call.redacted, codes)
        except Disconnected:
            raise
        except Exception as error:  # noqa: BLE001 - the client gets the documented 500, the log the rest
            answer = call.style.refuse(self._failure(call, error))
        return answer

    def _failure(self, call: Received, error: Exception) -> Refusal:
        """What is told of an error that no step foresaw: the disk's, or else ours; the log has it too."""
        database = call.world.store.database
        trouble = database.trouble(error)
        if trouble is not None and database.lost is not None:
            return Refusal(DATABASE_LOST, trouble=trouble.words)  # the log has it already
        call_line = f"{call.scope['method']} {call.redacted(call.scope['path'])}"
        if trouble is not None:
            _LOG.error("%s was refused, and nothing was changed: %s", call_line, trouble.words)
            return Refusal(DISK_FAILED, trouble=trouble.words)
        # As redacted text: the exception's message may quote the request.
        _LOG.error("unforeseen error in %s\n%s", call_line, call.redacted("".join(format_exception(error))))
        return Refusal(UNFORESEEN_ERROR, error=type(error).__name__)

    def _next_id(self) -> str:
        return f"{self._started}-{next(self._numbers)}"

    def _headers(
        self, extra: Iterable[tuple[bytes, bytes]], answer: Answer, request_id: str
    ) -> list[tuple[bytes, bytes]]:
        reason, debug = answer.reason, self._settings.debug_headers
        return completed([*answer.headers, *extra], len(answer.body), request_id, reason, debug=debug)

    def _record(self, call: Received, exchange: Exchange, reason: Reason | None) -> None:
        """Keep a call that is over in the journal, in place of its row if it was shown in flight, and in the log.

        Args:
            call: The call.
            exchange: What is kept.
            reason: Why it was refused, as its client saw it.
        """
        shown = call.shown
        if shown is None:
            call.world.journal.add(exchange)
        else:
            call.shown = exchange
            before = call.server.worlds.named(shown.world)
            if shown.world != exchange.world and before is not None:
                before.journal.withdraw(shown)
            call.world.journal.finish(shown, exchange)
        if self._access_log is not None:
            self._access_log.add(exchange, reason, call.server.worlds.has_issued)

    def _exchange(
        self,
        call: Received,
        answer: Answer,
        sent: Answer,
        request_id: str,
        began: float,
    ) -> Exchange:
        scope, match, body = call.scope, call.match, call.raw_body
        return Exchange(
            id=request_id,
            time=call.now,
            world=call.world.id,
            operation=call.operation,
            user=call.user_id,
            resources=_NO_RESOURCES if match is None else match.resource_keys,
            line=request_line((scope["method"], scope["path"], scope.get("raw_path"), scope["query_string"])),
            headers=call.headers,
            body=body[:KEPT_BYTES],
            body_size=call.body_size or len(body),
            status=answer.status,
            sent_status=sent.status,
            answer=answer.body[:KEPT_BYTES],
            answer_size=len(answer.body),
            answer_headers=(*answer.headers, *call.extra_headers) if call.extra_headers else answer.headers,
            has_debug_headers=self._settings.debug_headers,
            duration_ms=(perf_counter() - began) * MS_PER_SECOND,
            reason=answer.reason,
            fault=None if call.fault is None else call.fault.id,
            created=", ".join(call.created) if call.created else None,
        )
