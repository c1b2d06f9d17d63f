"""The variables of the environment that are MockCliq's, and their only reader.

It needs the standard library alone: small commands read the variables as the server does. A platform sets some of that
prefix for its own ends, as Kubernetes and Docker do for each service that is called ``mockcliq``; they are left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from mockcliq.contract.quoting import cause_of

PREFIX = "MOCKCLIQ_"
FILE_SUFFIX = "_FILE"
"""Behind a secret's variable: the variable that names a file which holds the secret."""

_OF_A_SERVICE = re.compile(
    PREFIX + r"(?:NAME|(?:.+_)?(?:ENV_.+|SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_[A-Z_]+)?))"
)
"""What Kubernetes (services) and Docker (links) set for ``mockcliq``, or for ``mockcliq-web``."""
_LINK = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
"""They set ``..._PORT`` to an address such as ``tcp://10.0.0.1:2547``."""


class BadSetting(Exception):
    """An invalid setting; the message is one line with its name and what is valid."""


def variable(name: str) -> str:
    """The variable of a setting."""
    return PREFIX + name.upper()


def variables() -> dict[str, str]:
    """The variables that are given, by their names in capital letters. An empty one counts as not given."""
    ours = {name.upper(): value for name, value in os.environ.items() if value and name.upper().startswith(PREFIX)}
    return {name: value for name, value in ours.items() if not _is_a_platform_s(name, value)}


def interception_settings(given: Iterable[str] = ()) -> dict[str, str]:
    """What lets the calls of a test's process be led to its server, and costs nothing until they are.

    Args:
        given: The settings that somebody has chosen, beside those of the environment.

    Returns:
        Values by the names of settings; none where somebody has chosen one of them.
    """
    wanted = {"tls": "on-demand", "proxy": "on"}
    chosen = {*given, *(name for name in wanted if variable(name) in variables())}
    return {} if chosen & set(wanted) else wanted


def secret(name: str) -> str | None:
    """A secret setting, from its variable or from the file that ``MOCKCLIQ_<NAME>_FILE`` names.

    Raises:
        BadSetting: Both are given, or the file holds no secret that could be read.
    """
    given = variables()
    plain, from_file = variable(name), variable(name) + FILE_SUFFIX
    path = given.get(from_file)
    if path is None:
        return given.get(plain)
    if plain in given:
        raise BadSetting(f"{from_file}: {plain} is given as well; give one of the two")
    try:
        text = Path(path).read_text("utf-8-sig")
    except OSError as error:
        raise BadSetting(f"{from_file}: {path!r} will not do: {cause_of(error)}") from error
    except UnicodeDecodeError as error:
        raise BadSetting(f"{from_file}: {path!r} will not do: it is no text in UTF-8") from error
    content = text.removesuffix("\n").removesuffix("\r")
    if not content:
        raise BadSetting(f"{from_file}: {path!r} will not do: the file is empty")
    return content


def inherited() -> dict[str, str]:
    """All variables, ours or not, for a program that is started with them."""
    return dict(os.environ)


def _is_a_platform_s(name: str, value: str) -> bool:
    return bool(_OF_A_SERVICE.fullmatch(name) or (name.endswith("_PORT") and _LINK.match(value)))
