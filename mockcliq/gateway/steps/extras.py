"""Refusal of parameters and keys that an operation does not know, where the world's profile refuses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, get_args, get_origin
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Authenticated
from mockcliq.gateway.rules import EXTRA_KEY, EXTRA_PARAM


@dataclass(frozen=True)
class Without:
    """Annotates an object of any keys but this one."""

    key: str


def refuse_extra_params(call: Authenticated) -> None:
    """Refuse a parameter that the operation does not know."""
    operation, query = call.operation, call.scope["query_string"]
    if not query or operation.takes_extras:
        return
    known = [] if operation.query is None else list(_fields(operation.query))
    allowed = {*known, "zapikey"} if operation.takes_webhook_token else set(known)
    for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="replace"):
        if name not in allowed:
            raise Refusal(EXTRA_PARAM, name=name, need=f"one of {', '.join(known)}" if known else "none")


def refuse_extra_keys(call: Authenticated) -> None:
    """Refuse a key that the body of the operation does not know, at any depth."""
    operation = call.operation
    model = operation.body
    if model is None or operation.takes_extras or not operation.reads_body:
        return
    try:
        document = orjson.loads(call.raw_body)
    except orjson.JSONDecodeError:
        return  # what is no JSON has a refusal of its own
    for extra in _extra_keys(model, document, ""):
        raise Refusal(EXTRA_KEY, path=extra.path + extra.key, name=extra.key, need=extra.need)


class _Extra(NamedTuple):
    """A key that a type does not know, where it stands, and what is known instead."""

    path: str
    key: str
    need: str


def _extra_keys(kind: Any, value: Any, path: str, remarks: Sequence[Any] = ()) -> Iterator[_Extra]:
    """The keys that a value has beside those of its type."""
    if get_origin(kind) is Annotated:
        kind, *remarks = get_args(kind)
    for remark in remarks:
        if isinstance(remark, Without) and isinstance(value, dict) and remark.key in value:
            yield _Extra(path, remark.key, "the keys of this object")
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if isinstance(value, dict):
            yield from _extra_keys_of(kind, value, path)
        return
    inner = value if isinstance(value, list) and get_origin(kind) is list else [value]
    for part in get_args(kind):
        for each in inner:
            yield from _extra_keys(part, each, path)


def _extra_keys_of(model: type[BaseModel], document: dict[str, Any], path: str) -> Iterator[_Extra]:
    fields = _fields(model)
    for key, value in document.items():
        if key in fields:
            yield from _extra_keys(fields[key].annotation, value, f"{path}{key}.", fields[key].metadata)
        elif model.model_config.get("extra") != "allow":
            yield _Extra(path, key, f"one of {', '.join(fields)}")


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A model's fields by their names on the wire."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
