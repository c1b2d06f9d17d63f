"""The media types that the client accepts."""

from __future__ import annotations

from functools import lru_cache

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Authenticated
from mockcliq.gateway.rules import NOT_ACCEPTABLE

_SPECIFICITY = {"application/json": 2, "application/*": 1, "*/*": 0}
"""The media ranges that admit JSON; of several in one header the most specific decides."""


def negotiate(call: Authenticated) -> None:
    """406 for an Accept header that admits no JSON."""
    accept = call.header(b"accept")
    if accept is not None and not admits_json(accept.decode("latin-1")):
        raise Refusal(NOT_ACCEPTABLE, accept=accept.decode("latin-1"))


@lru_cache(maxsize=1024)
def admits_json(accept: str) -> bool:
    """Whether the header's value admits application/json.

    An empty value admits anything, as an absent header does; a weight that is no number counts as 1.
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
