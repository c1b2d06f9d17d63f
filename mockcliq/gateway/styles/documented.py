"""The documented style: one sentence for each status, and beside it the code that an operation's own page gives."""

from __future__ import annotations

import orjson
from pydantic import BaseModel

from mockcliq.gateway.styles import Row, Style

_SENTENCES = {
    400: "The request cannot be performed. Usually because of malformed parameter or missing parameter.",
    401: "Request was rejected because of invalid AuthToken.",
    403: (
        "The user does not have enough permission or possibly not an user of the respective organization"
        " to access the resource."
    ),
    404: (
        "The URL you've sent is wrong. It's possible that the resource you've requested has been moved to another URL."
    ),
    405: (
        "The requested resource does not support the HTTP method used."
        " For example, requesting List of all customers API with PUT as the HTTP method."
    ),
    406: "The response has been received but the requested response type is not supported by the browser.",
    429: "Too many requests within a certain time frame.",
    500: "Cliq server encountered an error which prevents it from fulfilling the request.",
}


class Error(BaseModel):
    """Every refusal: one sentence, which the status decides."""

    message: str


DOCUMENTED = Style(
    name="documented",
    rows={},  # the status alone decides
    statuses={status: Row(status, message=sentence) for status, sentence in _SENTENCES.items()},
    body=lambda row: orjson.dumps({"message": row.message} | ({} if row.code is None else {"code": row.code})),
    schema=Error,
)
