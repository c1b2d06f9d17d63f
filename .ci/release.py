"""Print the changelog's notes of this version, which must be the tag's: python .ci/release.py v1.2.3."""

import re
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def notes(tag: str, version: str, changelog: str) -> str:
    """The section of the version, which must be the tag's, stand first, and have its day."""
    if tag != f"v{version}":
        sys.exit(f"the tag is {tag}, mockcliq/version.py says {version}")
    heading, _, section = changelog.partition("\n## ")[2].partition("\n")
    if not re.fullmatch(rf"\[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d", heading):
        sys.exit(f"CHANGELOG.md begins with {heading!r}; a release begins with '[{version}] - YEAR-MONTH-DAY'")
    return section.partition("\n## ")[0].strip()


if __name__ == "__main__":
    version = runpy.run_path(str(ROOT / "mockcliq" / "version.py"))["__version__"]
    print(notes(sys.argv[1], version, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))  # noqa: T201 - its output
