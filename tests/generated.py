"""What follows from the code and from the last benchmarks: parts of README.md and docs/, and two schemas.

`python -m tests.generated` writes it anew.
"""

from __future__ import annotations

import json
import re

from tests.doc_parts import PARTS
from tests.pages import pages
from tests.processes import ROOT
from tests.schemas import database_schema, world_file_schema

SCHEMA = ROOT / "fixtures" / "worlds" / "world.schema.json"
DATABASE_SCHEMA = ROOT / "mockcliq" / "store" / "schema.sql"

_PART = re.compile(r"(<!-- (?P<name>[\w-]+) -->\n).*?(<!-- /(?P=name) -->)", re.DOTALL)


def with_parts(text: str) -> str:
    """A page with its generated parts as they should be; each stands between two comments with its name."""
    return _PART.sub(lambda found: f"{found[1]}{PARTS[found['name']]()}\n{found[3]}", text)


if __name__ == "__main__":
    for page in pages():
        page.write_text(with_parts(page.read_text()))
    SCHEMA.write_text(json.dumps(world_file_schema(), indent=2) + "\n")
    DATABASE_SCHEMA.write_text(database_schema())
