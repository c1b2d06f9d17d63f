"""The parameters and the body of a call, as the models that its operation declares."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ValidationError

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.body import has_body, read_body
from mockcliq.gateway.call import Authenticated, Parsed
from mockcliq.gateway.rules import INVALID_INPUT

_QUOTED = 4096
"""How much of a body a refusal looks at for what it quotes: more than it shows, so that no secret is cut in two."""


def parse_inputs(call: Authenticated) -> Parsed | Awaitable[Parsed]:
    """400 for a path parameter, query or body that is not as the operation wants it."""
    operation = call.operation
    for name, value in call.parameters.items():
        resource = call.api.resources.get(name)
        if resource is not None and not resource.is_id(value):
            raise Refusal(INVALID_INPUT, name=name, value=value, need=resource.pattern)
    query = None if operation.query is None else _parse_query(operation.query, call.scope["query_string"])
    if has_body(call) and not call.is_read:
        return _read_body(call, query)
    return call.become(Parsed, query=query, payload=_payload(operation.body, call.raw_body))


async def _read_body(call: Authenticated, query: BaseModel | None) -> Parsed:
    call.raw_body = await read_body(call)
    return call.become(Parsed, query=query, payload=_payload(call.operation.body, call.raw_body))


@lru_cache(maxsize=1024)
def _parse_query(model: type[BaseModel], query_string: bytes) -> BaseModel:
    """The query's parameters; of one given twice the last counts, one that the model does not know is ignored."""
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace")
    return _validated(model, dict(pairs))


def _payload(model: type[BaseModel] | None, body: bytes) -> BaseModel | None:
    """The body as JSON, whatever its content type; a key that the model does not know is ignored."""
    if model is None:
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        value = body[:_QUOTED].decode("utf-8", "replace")
        raise Refusal(INVALID_INPUT, name="body", value=value, need="a JSON object")
    return _validated(model, document)


def _validated(model: type[BaseModel], values: dict[str, object]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "parameters"
        seen = "missing" if first["type"] == "missing" else first["input"]
        raise Refusal(INVALID_INPUT, name=name, value=seen, need=first["msg"].removeprefix("Value error, ")) from error
