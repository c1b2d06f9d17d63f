"""What an installation occupies on disk."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.servers import REPOSITORY, Unavailable, environment

_PINNED = re.compile(r"^[\w.-]+==[\w.]+", re.MULTILINE)


def installed_bytes(extra: str = "") -> int:
    """By how much a virtual environment grows when this checkout is installed in it, with the pinned versions.

    Args:
        extra: What is installed beside it, such as "[tls]".

    Raises:
        Unavailable: The packages cannot be had here.
    """
    with TemporaryDirectory() as folder:
        # What pip itself occupies would be in both; so this Python's own does the work.
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, env=environment())
        bare = _bytes_on_disk(Path(folder))
        pip = [sys.executable, "-m", "pip", "--python", str(Path(folder, "bin", "python")), "--quiet"]
        install = [*pip, "--disable-pip-version-check", "install"]
        versions = Path(folder, "versions.txt")
        versions.write_text("\n".join(_PINNED.findall((REPOSITORY / "requirements" / "run.txt").read_text("utf-8"))))
        what = ["--constraint", str(versions), f"{REPOSITORY}{extra}"]
        if subprocess.run(
            [*install, *what], check=False, env=environment(), cwd=folder, capture_output=True
        ).returncode:
            raise Unavailable("pip could not install it")
        versions.unlink()
        return _bytes_on_disk(Path(folder)) - bare


def _bytes_on_disk(folder: Path) -> int:
    """What `du` counts."""
    return sum(each.lstat().st_blocks * 512 for each in (folder, *folder.rglob("*")))
