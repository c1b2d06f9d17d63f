"""Validation of parameters and body by the operation's models."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ValidationError

from mockcliq.contract.nearest import nearest
from mockcliq.contract.nesting import DEEPEST, is_too_deep
from mockcliq.contract.quoting import escape
from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.body import has_body, read_body
from mockcliq.gateway.call import Authenticated, Parsed
from mockcliq.gateway.rules import INVALID_INPUT, MALFORMED_ID, MISSING_INPUT, UNKNOWN_CHOICE
from mockcliq.gateway.steps.extras import refuse_extra_keys, refuse_extra_params
from mockcliq.short_cache import short_cache

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class NotReplacedBy:
    """Annotates a field that is needed beside these others, too, which programs may send alone."""

    others: tuple[str, ...]


_MARKS = (BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE)
_QUOTED_BYTES = 4096
"""How much of a body a refusal quotes from: more than it shows, so that redaction sees whole secrets."""

_RULES = {"missing": MISSING_INPUT, "literal_error": UNKNOWN_CHOICE, "enum": UNKNOWN_CHOICE}
"""The rules of some of pydantic's errors."""

_NEEDS = {
    "missing": "a value",
    "model_type": "an object",
    "dict_type": "an object",
    "list_type": "a list",
    "string_type": "a text",
    "int_type": "an integer",
}
"""What others of them need, in the words of JSON."""
_PYDANTIC_S = re.compile("Value error, |Input should be |(?:String|List|Dictionary) should have | after validation, .*")
"""What its messages have beside what is needed."""


def parse_inputs(call: Authenticated) -> Parsed | Awaitable[Parsed]:
    """Refuse an invalid path parameter, query or body with 400."""
    operation = call.operation
    for resource, key in call.match.resources:
        if not resource.is_id(key):
            raise Refusal(MALFORMED_ID, name=resource.parameter, value=key, need=resource.pattern)
    if call.style.is_strict:
        refuse_extra_params(call)
    query = None if operation.query is None else _query_parser(operation.query)(call.scope["query_string"])
    if operation.reads_body and has_body(call) and not call.is_read:
        return _parse_unread(call, query)
    return _parsed(call, query)


async def _parse_unread(call: Authenticated, query: BaseModel | None) -> Parsed:
    call.raw_body = await read_body(call)
    return _parsed(call, query)


def _parsed(call: Authenticated, query: BaseModel | None) -> Parsed:
    if call.style.is_strict:
        refuse_extra_keys(call)
    model = call.operation.body
    if model is not None and call.unreadable is not None:
        raise call.unreadable
    payload = None if model is None or not call.operation.reads_body else _parse_payload(model, call.raw_body)
    parsed = call.become(Parsed)
    parsed.query, parsed.payload = query, payload
    return parsed


@cache
def _query_parser(model: type[BaseModel]) -> Callable[[bytes], BaseModel]:
    """The parser of a model's queries, of which the same ones come again and again."""
    return short_cache(64)(partial(_parse_query, model))


def _parse_query(model: type[BaseModel], query_string: bytes) -> BaseModel:
    """Parse the query; the last of repeated parameters counts, unknown ones are ignored."""
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="replace")
    return validate(model, dict(pairs))


def _parse_payload(model: type[BaseModel], body: bytes) -> BaseModel:
    """Parse the body as JSON, whatever its content type; unknown keys are ignored."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        value = body[:_QUOTED_BYTES].decode("utf-8", "replace")
        need = "a JSON object in UTF-8, without a byte order mark" if body.startswith(_MARKS) else "a JSON object"
        raise Refusal(INVALID_INPUT, name="body", value=value, need=need)
    if is_too_deep(document, body):
        value = f"JSON of more than {DEEPEST} levels"
        raise Refusal(INVALID_INPUT, name="body", value=value, need=f"at most {DEEPEST} levels")
    return validate(model, document)


def validate(model: type[Model], values: Mapping[str, object]) -> Model:
    """Make a model of values; refuse the first that will not do."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "parameters"
        value = "missing" if first["type"] == "missing" else first["input"]
        rule = _RULES.get(first["type"], INVALID_INPUT)
        need = _NEEDS.get(first["type"]) or _PYDANTIC_S.sub("", first["msg"])
        if first["type"] == "missing":
            need += _misspelt(model, name, values)
        if first["type"] == "missing" or value is None or (isinstance(value, str) and not value.strip()):
            need += _sent_instead(model, name, values)
        raise Refusal(rule, name=name, value=value, need=need) from error


def _misspelt(model: type[BaseModel], name: str, values: Mapping[str, object]) -> str:
    """What to add to the need of a field that is missing, beside one that nobody knows and that is spelt like it."""
    near = nearest(name, (each for each in values if each not in model.model_fields))
    return "" if near is None else f" by this name, not by {escape(near)}"


def _sent_instead(model: type[BaseModel], name: str, values: Mapping[str, object]) -> str:
    """What to add to the need of an empty field beside others that do not replace it."""
    remarks = model.model_fields[name].metadata if name in model.model_fields else []
    others = [each for remark in remarks if isinstance(remark, NotReplacedBy) for each in remark.others]
    there = [each for each in others if values.get(each)]
    return f", since {' and '.join(there)} cannot replace {name}" if there else ""
