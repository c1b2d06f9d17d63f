"""The OpenAPI document of the emulated API, made from the operations' contracts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from mockcliq.contract.ids import CHAT_ID_PATTERN
from mockcliq.contract.operation import AUTHORIZE, ISSUE_TOKEN, Operation
from mockcliq.contract.refusals import MESSAGES
from mockcliq.version import __version__

_REFERENCE = "#/components/schemas/{model}"

_DESCRIPTION = """\
A local server that behaves as Zoho Cliq's Chats API does. Not affiliated with Zoho; nothing leaves this machine.

Every operation also stands under `/network/{NETWORK}/api/v2`. The token of the owner is `1000.mockcliq.owner`.
"""


_PATH_PARAMETERS = {
    "CHAT_ID": {
        "description": "The ID of the chat.",
        "schema": {"type": "string", "pattern": f"^{CHAT_ID_PATTERN}$"},
        "example": "987000000654321",
    }
}


class Error(BaseModel):
    """Every refusal: one sentence, which the status decides."""

    message: str


def openapi_document(operations: Iterable[Operation]) -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    operations = list(operations)
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.prefix + operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MockCliq: Chats API v2",
            "version": __version__,
            "summary": "Zoho Cliq's Chats API, emulated.",
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": "Chats", "description": "Retrieve, mute, pin and leave conversations."}],
        "paths": paths,
        "components": {
            "schemas": _schemas(operations),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": (
                        "`Authorization: Bearer TOKEN`; `Zoho-oauthtoken TOKEN` is taken as well."
                        f" A client gets one at `{ISSUE_TOKEN.path}`, by a consent at `{AUTHORIZE.path}`."
                    ),
                }
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    lock = operation.lock_period
    limits = f"Threshold limit: {operation.threshold.calls} requests per {operation.threshold.window} per user."
    if lock is not None:
        limits += f" Lock period: {lock}."
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": ["Chats"],
        "summary": operation.title,
        "description": f"{operation.description}\n\n{limits}\n\nOAuth scope: `{operation.scope}`.",
        "security": [{"token": [operation.scope.value]}],
        "responses": {str(operation.success): _success(operation), **_refusals()},
    }
    parameters = [*_path_parameters(operation), *_query_parameters(operation)]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(model=operation.body.__name__)}}},
        }
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, **_PATH_PARAMETERS.get(name, {"schema": {"type": "string"}})}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]


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
    """The schema of a parameter: what stands beside it is left out, and a default that no client could send."""
    remarks = {"description", "example", "title"}
    if not isinstance(schema.get("default"), int):
        remarks.add("default")
    return {key: value for key, value in schema.items() if key not in remarks}


def _success(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(operation.success).phrase}
    if operation.answer is not None:
        example = operation.answer.model_json_schema()["example"]
        schema = {"$ref": _REFERENCE.format(model=operation.answer.__name__)}
        described["content"] = {"application/json": {"schema": schema, "example": example}}
    return described


def _refusals() -> dict[str, Any]:
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {
                "application/json": {
                    "schema": {"$ref": _REFERENCE.format(model=Error.__name__)},
                    "example": {"message": message},
                }
            },
        }
        for status, message in MESSAGES.items()
    }


def _schemas(operations: list[Operation]) -> dict[str, Any]:
    inputs = {operation.body for operation in operations if operation.body is not None}
    outputs = {operation.answer for operation in operations if operation.answer is not None}
    _, schema = models_json_schema(
        [
            *((model, "validation") for model in sorted(inputs, key=lambda model: model.__name__)),
            *((model, "validation") for model in sorted(outputs, key=lambda model: model.__name__)),
            (Error, "validation"),
        ],
        ref_template=_REFERENCE,
    )
    schemas: dict[str, Any] = schema["$defs"]
    return schemas
