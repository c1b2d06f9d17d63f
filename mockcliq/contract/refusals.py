"""Refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from mockcliq.contract.quoting import shown

MESSAGES: Mapping[int, str] = {
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
"""The one sentence that the reference gives for each refusal, the same under every operation."""


class Refusal(Exception):
    """An answer that refuses.

    A subclass names one rule. ``reason`` is the line of ``X-Mockcliq-Reason``: the rule, what was seen (``have``) and
    what was wanted (``need``). Where ``quotes_client``, what was seen may be the client's own words, and a secret.
    """

    status: int
    reason: ClassVar[str]
    quotes_client: ClassVar[bool] = True
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __init__(self, **seen: object) -> None:
        super().__init__()
        self.seen = seen

    def told(self, redacted: Callable[[str], str] = str) -> str:
        """The line, with what was seen in it; redacted before it is cut to length."""
        return self.reason.format(**{name: shown(redacted(str(value))) for name, value in self.seen.items()})

    @property
    def document(self) -> Mapping[str, str]:
        """The JSON that its body is."""
        raise NotImplementedError


class CliqError(Refusal):
    """A refusal that the reference documents: ``status`` decides the body, whose sentence is the reference's."""

    @property
    def document(self) -> Mapping[str, str]:
        """The status's sentence."""
        return {"message": MESSAGES[self.status]}
