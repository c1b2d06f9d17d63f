"""Validation of redirect URIs."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_SCRIPTING = frozenset({"about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"})
"""Schemes that a browser runs or shows itself, instead of opening a client."""


class NoRedirectUri(ValueError):
    """A text is not a usable redirect URI; the message says what is."""

    def __init__(self) -> None:
        super().__init__("an absolute http or https URI, or one of an app's own scheme, without a fragment")


def redirect_uri(text: str) -> str:
    """Return the text if it is a valid redirect URI: http, https, or an app's own scheme.

    Raises:
        NoRedirectUri: It is not an absolute URI, has a fragment, or a scheme that a browser runs itself.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        raise NoRedirectUri from None
    is_web = parts.scheme in ("http", "https")
    if not _URI.fullmatch(text) or "#" in text or parts.scheme in _SCRIPTING or (is_web and not parts.hostname):
        raise NoRedirectUri
    return text
