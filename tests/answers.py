"""What every answer of the emulated API looks like, whichever operation gives it."""

from __future__ import annotations

import json

import httpx

from tests.reference import SENTENCES

JSON_TYPE = "application/json;charset=UTF-8"
REQUEST_ID = "X-Mockcliq-Request-Id"
REASON = "X-Mockcliq-Reason"


def assert_refused(answer: httpx.Response, status: int, code: str | None = None) -> None:
    """It is the documented refusal: its sentence as the only key of a JSON body, and the rule in a header.

    ``code`` stands beside the sentence where the operation's own page gives one.
    """
    assert answer.status_code == status, _told(answer)
    assert json.loads(answer.content) == {"message": SENTENCES[status]} | ({} if code is None else {"code": code})
    assert answer.headers.get_list("Content-Type") == [JSON_TYPE]
    assert answer.headers[REQUEST_ID]
    reason = answer.headers[REASON]
    assert reason.isascii()
    assert reason.isprintable()


def assert_agreed(answer: httpx.Response, status: int = 200) -> None:
    """It is a success: JSON, or nothing at all where the status is 204."""
    assert answer.status_code == status, _told(answer)
    assert answer.headers[REQUEST_ID]
    assert REASON not in answer.headers
    if status == httpx.codes.NO_CONTENT:
        assert answer.content == b""
        assert not {"Content-Type", "Content-Length", "Transfer-Encoding"} & {*map(str.title, answer.headers)}
    else:
        assert answer.headers.get_list("Content-Type") == [JSON_TYPE]
        assert isinstance(json.loads(answer.content), dict)


def reason_of(answer: httpx.Response) -> str:
    """Why it was refused: one line."""
    return str(answer.headers[REASON])


def _told(answer: httpx.Response) -> str:
    """What a failed test should tell of an answer; one that came over a wire has no request."""
    request = answer._request
    asked = "" if request is None else f"{request.method} {request.url}: "
    return f"{asked}{answer.status_code} {answer.headers.get(REASON)} {answer.text}"
