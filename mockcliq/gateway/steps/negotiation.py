"""Content negotiation."""

from __future__ import annotations

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Authenticated
from mockcliq.gateway.rules import NOT_ACCEPTABLE
from mockcliq.short_cache import short_cache

_SPECIFICITY = {"application/json": 2, "application/*": 1, "*/*": 0}
"""The media ranges that include JSON; the most specific one in a header decides."""


def negotiate(call: Authenticated) -> None:
    """Refuse an Accept header that excludes JSON with 406; a file has whatever type it has."""
    if call.operation.answers_file:
        return
    accept = call.header(b"accept")
    if accept is not None and not accepts_json(accept.decode("latin-1")):
        raise Refusal(NOT_ACCEPTABLE, accept=accept.decode("latin-1"))


@short_cache(1024)
def accepts_json(accept: str) -> bool:
    """Whether an Accept header's value includes application/json.

    An empty value accepts anything; a weight that is not a number counts as 1.
    """
    if not accept.strip():
        return True
    decisive = (-1, 0.0)
    for item in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in item.split(";"))
        if media_range in _SPECIFICITY:
            decisive = max(decisive, (_SPECIFICITY[media_range], _weight(parameters)))
    return decisive[1] > 0


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0
