"""Refusals on demand, by `Prefer: code=...`."""

from __future__ import annotations

import re
from http import HTTPStatus

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Routed
from mockcliq.gateway.rules import PREFERRED

_CODE = re.compile(rb"(?:^|[,;])\s*code\s*=\s*\"?([0-9]{3})\b", re.IGNORECASE)


def grant_preference(call: Routed) -> None:
    """Refuse with the documented status that the `Prefer` header asks for, in the words of the world's profile."""
    prefer = call.header(b"prefer")
    if prefer is None or not call.server.settings.prefer:
        return
    found = _CODE.search(prefer)
    code = 0 if found is None else int(found[1])
    if code in call.style.bare_statuses:
        headers = ((b"allow", call.match.allow.encode()),) if code == HTTPStatus.METHOD_NOT_ALLOWED else ()
        raise Refusal(PREFERRED, status=code, headers=headers, code=code)
