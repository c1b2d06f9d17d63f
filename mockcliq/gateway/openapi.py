"""The OpenAPI document of the emulated APIs, from the operations' contracts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from itertools import chain
from typing import Any, get_args

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from mockcliq.contract.api import Api, Register
from mockcliq.contract.operation import Limit, Operation, Source
from mockcliq.gateway.answers import JSON_TYPE
from mockcliq.gateway.styles import Row, Style
from mockcliq.version import __version__

_REFERENCE = "#/components/schemas/{model}"

_DESCRIPTION = """\
A local server that behaves as Zoho Cliq's API does. Not affiliated with Zoho; nothing leaves this machine.

Every operation also stands under `/network/{NETWORK}/api/v2`. The token of the owner is `1000.mockcliq.owner`.
"""


def openapi_document(register: Register) -> dict[str, Any]:
    """Build the OpenAPI 3.1 document of the APIs with a title."""
    apis = [api for api in register.apis if api.title]
    tags = {_tag(each): register.api_of(each).tags.get(_tag(each)) for each in register.documented}
    paths: dict[str, Any] = {}
    for operation in register.documented:
        methods = paths.setdefault(operation.template, {})
        method, described = operation.method.lower(), _operation(operation, register)
        methods[method] = _merged(methods[method], described) if method in methods else described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"MockCliq: {apis[0].title}",
            "version": __version__,
            "summary": "Zoho Cliq's API, emulated.",
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, **({"description": text} if text else {})} for name, text in tags.items()],
        "paths": paths,
        "components": {
            "schemas": _schemas(apis),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": (
                        "`Authorization: Bearer TOKEN`; `Zoho-oauthtoken TOKEN` is taken as well."
                        " A client gets one at `/oauth/v2/token`, by a consent at `/oauth/v2/auth`."
                    ),
                }
            },
        },
    }


def _operation(operation: Operation, register: Register) -> dict[str, Any]:
    api = register.api_of(operation)
    scopes = [str(scope) for scope in operation.scopes]
    texts = [operation.description]
    texts += [f"It also stands under `{template}`." for template in operation.templates[1:]]
    if operation.limit is not None:
        texts.append(_limit(operation.limit))
    if scopes:
        texts.append(f"OAuth scope: {' or '.join(f'`{scope}`' for scope in scopes)}.")
    described: dict[str, Any] = {
        "operationId": operation.label,
        "tags": [_tag(operation)],
        "summary": operation.title,
        "description": "\n\n".join(texts),
        "security": [{"token": [scope]} for scope in scopes] or [{"token": []}],
        "x-mockcliq-source": operation.source,
        "responses": {**_successes(operation), **_refusals(api.style)},
    }
    if operation.limit is not None:
        described["x-mockcliq-threshold-source"] = operation.limit.source
    parameters = [*_path_parameters(operation, api), *_query_parameters(operation)]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {
                "multipart/form-data" if operation.takes_files else "application/json": {
                    "schema": {"$ref": _REFERENCE.format(model=operation.body.__name__)}
                }
            },
        }
    return described


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Merge two operations of one method and path: OpenAPI has no other key."""
    bodies = [each["requestBody"] for each in (one, other) if "requestBody" in each]
    schemas = [body["content"]["application/json"]["schema"] for body in bodies]
    merged = {
        **one,
        "summary": f"{one['summary']}; or: {other['summary']}",
        "description": f"{one['description']}\n\nOr, `{other['operationId']}`:\n\n{other['description']}",
        "responses": {**other["responses"], **one["responses"]},
    }
    for status in one["responses"].keys() & other["responses"].keys():
        merged["responses"][status] = _either(one["responses"][status], other["responses"][status])
    for key in ("x-mockcliq-source", "x-mockcliq-threshold-source"):
        sources = [each[key] for each in (one, other) if key in each]
        if sources:
            merged[key] = max(sources, key=get_args(Source).index)  # nothing is called better founded than it is
    if schemas:
        content = {"application/json": {"schema": {"anyOf": schemas}}}
        merged["requestBody"] = {"required": len(bodies) > 1, "content": content}
    return merged


def _either(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A response that is the one or the other, with the example of the one."""
    if one == other or "content" not in one or "content" not in other:
        return one
    (media_type, content), schemas = next(iter(one["content"].items())), []
    for response in (one, other):
        schemas += [each["schema"] for each in response["content"].values()]
    return {**one, "content": {media_type: {**content, "schema": {"anyOf": schemas}}}}


def _tag(operation: Operation) -> str:
    """The tag of an operation: the group of its scope."""
    return operation.scopes[0].group if operation.scopes else operation.api


def _limit(limit: Limit) -> str:
    window = timedelta(milliseconds=limit.window_ms)
    text = f"Threshold limit: {limit.calls} requests per {window} per user."
    return text if limit.lock_ms is None else f"{text} Lock period: {timedelta(milliseconds=limit.lock_ms)}."


def _path_parameters(operation: Operation, api: Api) -> list[dict[str, Any]]:
    described = []
    for name in operation.parameters:
        parameter: dict[str, Any] = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        resource = api.resources.get(name)
        if resource is not None:
            parameter["description"] = resource.description
            parameter["schema"]["pattern"] = _anchored(resource.pattern)
            parameter["example"] = resource.example
        described.append(parameter)
    return described


def _anchored(pattern: str) -> str:
    return f"^(?:{pattern})$" if "|" in pattern else f"^{pattern}$"


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    properties = operation.query.model_json_schema()["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema.get("description", ""),
            "schema": _without_remarks(schema),
            **({"example": schema["example"]} if "example" in schema else {}),
        }
        for name, schema in properties.items()
    ]


def _without_remarks(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter, without keys that belong beside it and defaults that no client could send."""
    remarks = {"description", "example", "title"}
    if not isinstance(schema.get("default"), int):
        remarks.add("default")
    return {key: value for key, value in schema.items() if key not in remarks}


def _successes(operation: Operation) -> dict[str, Any]:
    """The successful answers: where one is without a body, the other has it, such as for `sync_message`."""
    answered = {str(HTTPStatus.OK.value): _success(operation)}
    if operation.success == HTTPStatus.NO_CONTENT:
        nothing = {"description": HTTPStatus.NO_CONTENT.phrase}
        return {str(operation.success): nothing, **({} if operation.answer is None else answered)}
    return {str(operation.success): _success(operation) | {"description": HTTPStatus(operation.success).phrase}}


def _success(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus.OK.phrase}
    if operation.answers_file:
        described["content"] = {"*/*": {"schema": {"contentMediaType": "application/octet-stream"}}}
    if operation.answer is not None:
        content = {"schema": {"$ref": _REFERENCE.format(model=operation.answer.__name__)}}
        example = operation.answer.model_json_schema().get("example")
        described["content"] = {"application/json": {**content, **({} if example is None else {"example": example})}}
    return described


def _refusals(style: Style) -> dict[str, Any]:
    by_status: dict[int, Row] = {}
    for row in (*style.statuses.values(), *style.rows.values()):
        by_status.setdefault(row.status, row)
    return {str(status): _refusal(style, row) for status, row in by_status.items()}


def _refusal(style: Style, row: Row) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if style.schema is not None:
        content["schema"] = {"$ref": _REFERENCE.format(model=style.schema.__name__)}
    body = style.body(row)
    content["example"] = orjson.loads(body) if row.media_type == JSON_TYPE else body.decode()
    media_type = row.media_type.partition(b";")[0].decode()
    return {"description": HTTPStatus(row.status).phrase, "content": {media_type: content}}


def _schemas(apis: Iterable[Api]) -> dict[str, Any]:
    models: list[type[BaseModel] | None] = [api.style.schema for api in apis]
    for operation in chain.from_iterable(api.operations for api in apis):
        models += [operation.body, operation.answer]
    _, schema = models_json_schema(
        [(model, "validation") for model in models if model is not None], ref_template=_REFERENCE
    )
    schemas: dict[str, Any] = schema["$defs"]
    return schemas
