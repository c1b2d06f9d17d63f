"""Which names tell that a secret stands under them."""

from __future__ import annotations

import re
from functools import lru_cache

_LONG_NAMES = re.compile(
    "token|secret|passw(?:or)?d|passphrase|credential|authorization|authentication|cookie|sessionid|jwt|assertion"
    "|(?:api|app|access|auth|private|subscription|signing|encryption|master|shared|consumer|client|account)key"
)
_SHORT_NAMES = re.compile(
    "code|key|pass|pwd|sid|session|sig|signature|otp|csrf|xsrf|codeverifier"
    "|.*auth|.*(?:auth|authorization|device|user|verification)code"
)
AS_A_KEY, ANYWHERE = 1, 2
"""Short names are words, too: they tell a secret only where nothing but a name can stand."""
_HARMLESS_NAMES = frozenset({"tokentype", "tokentypehint"})
STEMS = {
    stem: re.compile(stem)
    for stem in (
        "token", "secret", "pass", "pwd", "key", "credential", "auth", "cookie", "session", "sid", "sig", "jwt",
        "assertion", "code", "otp", "csrf", "xsrf",
    )
}  # fmt: skip
"""One of these is in every name of a secret."""

_COMPONENT = re.compile(r"[.\[\]]+")


def names_a_secret(name: str) -> bool:
    """Whether a header, parameter or key of that name holds a token, secret or code."""
    return bool(telling_of(name))


def telling_of(name: str) -> int:
    """What a name tells: nothing (0), a secret where it is a key or a parameter, or one wherever it stands."""
    return _cached_telling(name[:100] + name[100:][-100:])


@lru_cache(maxsize=4096)
def _cached_telling(name: str) -> int:
    bare = _bare(name)
    if bare in _HARMLESS_NAMES:
        return 0
    if _LONG_NAMES.search(bare):
        return ANYWHERE
    last = next((part for part in reversed(_COMPONENT.split(name)) if part), "")
    return AS_A_KEY if _SHORT_NAMES.fullmatch(bare) or _SHORT_NAMES.fullmatch(_bare(last)) else 0


def _bare(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum()).rstrip("0123456789")
