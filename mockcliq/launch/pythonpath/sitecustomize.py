"""What every Python loads as it starts whose ``PYTHONPATH`` has this folder: the programs of ``mockcliq run``.

It leads all calls but local ones to the proxy that ``MOCKCLIQ_RUN_PROXY`` names, and trusts the CA of the file
``MOCKCLIQ_RUN_CA`` for Zoho's hosts. The program may have no MockCliq, and an older Python (3.8 or later): so the two
modules are loaded by their paths. What fails is told in a line on stderr, and the program goes on.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_PACKAGE = _HERE.parents[1]


def _intercept() -> None:
    proxy, ca = os.environ.get("MOCKCLIQ_RUN_PROXY"), os.environ.get("MOCKCLIQ_RUN_CA")
    if not proxy or not ca:
        return  # the folder was handed on, and the rest was not
    pem = Path(ca).read_text("ascii")
    interception = _loaded("mockcliq_interception", _PACKAGE / "interception.py")
    hosts = _loaded("mockcliq_zoho_hosts", _PACKAGE / "contract" / "zoho_hosts.py").ZOHO_HOSTS
    interception.Interception(proxy, pem, hosts, others=True).begin()


def _loaded(name: str, path: Path) -> Any:
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _load_next() -> None:
    """Load the ``sitecustomize`` that would have been loaded without this one."""
    others = [each for each in sys.path if os.path.realpath(each) != str(_HERE)]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def _tell(error: Exception) -> None:
    line = " ".join(str(error).split())
    with suppress(Exception):  # of a stderr that is not there
        sys.stderr.write(f"mockcliq run: the calls of this Python are not intercepted: {line}\n")


try:
    _intercept()
except Exception as error:  # noqa: BLE001 - whatever it is, the program goes on
    _tell(error)
_load_next()
