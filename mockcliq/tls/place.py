"""Where this machine's CA lies. The standard library is enough: clients look there, too."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from mockcliq.environment import variable, variables

CA_FILE = "ca.pem"
"""The certificate alone, for clients."""

DIRECTORY = variable("tls_directory")


def data_directory() -> Path | None:
    """Where the CA lies if nobody says otherwise: in the user's data; None without the extra, which knows it."""
    try:
        from platformdirs import user_data_path  # noqa: PLC0415 - of the extra
    except ImportError:
        return None
    return user_data_path("mockcliq", appauthor=False) / "tls"


def known_ca() -> Path | None:
    """The certificate of this machine's CA; None where none was made."""
    given = variables().get(DIRECTORY)
    directory = data_directory() if given is None else Path(given)
    file = None if directory is None else directory / CA_FILE
    return file if file is not None and file.is_file() else None


def packages_are_there() -> bool:
    """Whether the extra ``mockcliq[tls]`` is installed."""
    return all(find_spec(each) is not None for each in ("cryptography", "filelock", "platformdirs", "trustme"))
