"""Reads the parameters and the body of a request into the models that its operation declares."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ValidationError

from mockcliq.gateway.call import Call
from mockcliq.gateway.errors import BodyTooLarge, InvalidInputs

BODY_LIMIT = 1024 * 1024
"""At most so many bytes of a request's body are read."""


_QUOTED = 4096
"""How much of a body a refusal looks at for what it quotes: more than it shows, so that no secret is cut in two."""


class Disconnected(Exception):
    """The client went away before its request was complete; nobody waits for an answer."""


@lru_cache(maxsize=1024)
def read_query(model: type[BaseModel], query_string: bytes) -> BaseModel:
    """The query's parameters; of one given twice the last counts, one that the model does not know is ignored.

    Raises:
        InvalidInputs: A parameter is not as the model wants it.
    """
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace")
    return _validated(model, dict(pairs))


def read_json(model: type[BaseModel], body: bytes) -> BaseModel:
    """The body as JSON, whatever its content type; a key that the model does not know is ignored.

    Raises:
        InvalidInputs: It is not a JSON object, or a value in it is not as the model wants it.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise InvalidInputs(name="body", value=body[:_QUOTED].decode("utf-8", "replace"), need="a JSON object")
    return _validated(model, document)


async def read_body(call: Call) -> bytes:
    """The bytes of the request's body.

    Raises:
        BodyTooLarge: There are more than `BODY_LIMIT`; the rest is not read.
        Disconnected: The client went away.
    """
    if not has_body(call):
        return b""
    announced = call.header(b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > BODY_LIMIT:
        raise BodyTooLarge(limit=BODY_LIMIT)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        call.is_read = not more
        if size > BODY_LIMIT:
            raise BodyTooLarge(limit=BODY_LIMIT)
    return b"".join(chunks)


async def pass_over_body(call: Call) -> None:
    """Take in what has not been read of the body, and forget it; who waits to be asked for it is not asked.

    Raises:
        Disconnected: The client went away.
    """
    if not has_body(call) or call.header(b"expect") is not None:
        return
    while not call.is_read:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        call.is_read = not message.get("more_body", False)


def has_body(call: Call) -> bool:
    """Whether the request announces one that is not empty."""
    return call.header(b"content-length") not in (None, b"0") or call.header(b"transfer-encoding") is not None


def _validated(model: type[BaseModel], values: dict[str, object]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "parameters"
        seen = "missing" if first["type"] == "missing" else first["input"]
        raise InvalidInputs(name=name, value=seen, need=first["msg"].removeprefix("Value error, ")) from error
