"""Answers of the control API's handlers."""

from __future__ import annotations

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mockcliq.gateway.answers import Answer, answered_at_once


class Json(Response):
    """A JSON answer, written at once if the server supports it."""

    media_type = "application/json"

    def __init__(self, document: object, status: int = 200) -> None:
        self._content = orjson.dumps(document)
        super().__init__(self._content, status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not answered_at_once(scope, Answer(self.status_code, self._content), self.raw_headers):
            await super().__call__(scope, receive, send)
