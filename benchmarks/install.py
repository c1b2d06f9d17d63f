"""What an installation occupies on disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.servers import REPOSITORY, Unavailable, environment


def installed_bytes() -> int:
    """By how much a virtual environment grows when this checkout is installed in it, with the pinned versions.

    Raises:
        Unavailable: The packages cannot be had here.
    """
    with TemporaryDirectory() as folder:
        # What pip itself occupies would be in both; so this Python's own does the work.
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, env=environment())
        bare = _bytes_on_disk(Path(folder))
        pip = [sys.executable, "-m", "pip", "--python", str(Path(folder, "bin", "python")), "--quiet"]
        install = [*pip, "--disable-pip-version-check", "install"]
        pinned = ["--require-hashes", "--requirement", str(REPOSITORY / "requirements" / "run.txt")]
        for what in (pinned, ["--no-deps", str(REPOSITORY)]):
            if subprocess.run(
                [*install, *what], check=False, env=environment(), cwd=folder, capture_output=True
            ).returncode:
                raise Unavailable("pip could not install it")
        return _bytes_on_disk(Path(folder)) - bare


def _bytes_on_disk(folder: Path) -> int:
    """What `du` counts."""
    return sum(each.lstat().st_blocks * 512 for each in (folder, *folder.rglob("*")))
