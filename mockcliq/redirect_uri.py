"""Where a client may want its users sent back to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_SCRIPTING = frozenset({"about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"})
"""Schemes by which a browser would not go to a client, but run or show what the URI brings."""


class NoRedirectUri(ValueError):
    """A text that nobody can be sent back to; the message says what would do."""

    def __init__(self) -> None:
        super().__init__("an absolute http or https URI, or one of an app's own scheme, without a fragment")


def redirect_uri(text: str) -> str:
    """The text, if a browser can be sent there: http, https, or the scheme of an app.

    Raises:
        NoRedirectUri: It is no absolute URI, has a fragment, or would be run rather than gone to.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        raise NoRedirectUri from None
    is_web = parts.scheme in ("http", "https")
    if not _URI.fullmatch(text) or "#" in text or parts.scheme in _SCRIPTING or (is_web and not parts.hostname):
        raise NoRedirectUri
    return text
