"""Programs of `mockcliq run` in other Pythons, without MockCliq: what is loaded into them has to suit them, too."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.run.conftest import Runner

PROGRAM = """
import socket, ssl, urllib.request
request = urllib.request.Request("https://cliq.zoho.com/api/v2/chats")
request.add_header("Authorization", "Bearer 1000.mockcliq.owner")
print(urllib.request.urlopen(request).status)
plain = socket.create_connection(("cliq.zoho.com", 443))
secured = ssl.create_default_context().wrap_socket(plain, server_hostname="cliq.zoho.com")
secured.sendall(b"GET /api/v2/chats HTTP/1.1\\r\\nHost: cliq.zoho.com\\r\\nConnection: close\\r\\n\\r\\n")
print(secured.makefile("rb").readline().decode().strip())
"""
"""By a library that goes by proxy variables, and by a socket that does not."""


def pythons() -> list[Path]:
    """Those from 3.8 on that are on the PATH or were made by pyenv."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    names = [f"python3.{minor}" for minor in range(8, 15)]
    made = [path for name in names for path in sorted(root.glob(f"{name.removeprefix('python')}.*/bin/{name}"))[-1:]]
    on_path = [Path(found) for name in names if (found := shutil.which(name)) and "shims" not in found]
    return list({path.name: path for path in (*on_path, *made)}.values())


@pytest.mark.slow
@pytest.mark.skipif(not pythons(), reason="needs another Python, of 3.8 or later")
@pytest.mark.parametrize("python", pythons(), ids=lambda path: path.name)
def test_a_program_in_another_python(runner: Runner, tmp_path: Path, python: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    ended = runner.run("--", python, tmp_path / "program.py")
    assert (ended.code, ended.out) == (0, "200\nHTTP/1.1 401 Unauthorized\n"), ended.err
