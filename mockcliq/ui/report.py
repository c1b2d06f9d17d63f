"""The page of a report: the console's view of calls in one file, which needs no server and no network.

Its scripts are the console's own modules. A file that a browser opens from a disk may load no others, so they are put
into one script, each in a scope of its own. A policy lets run that script alone.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

MARKER = "__MOCKCLIQ_REPORT__"
"""Where the document comes."""

_HERE = Path(__file__).parent
_PAGE = _HERE / "offline" / "report.html"
_MAIN = _HERE / "offline" / "report.js"
_STYLES = (
    _HERE / "static" / "style.css",
    _HERE / "static" / "requests.css",
    _HERE / "offline" / "report.css",
)
_MARK = _HERE / "static" / "mark.svg"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_EITHER = re.compile(r"^[ \t]*(?:import|export)\b.*", re.MULTILINE)


@cache
def report_page() -> str:
    """The file, with `MARKER` where its document comes."""
    script = in_one_scope(_MAIN)
    style = "".join(each.read_text("utf-8") for each in _STYLES)
    policy = (
        "default-src 'none'",
        f"script-src '{_digest(script)}'",
        f"style-src '{_digest(style)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    parts = {
        "{policy}": "; ".join(policy),
        "{mark}": f"data:image/svg+xml;base64,{b64encode(_MARK.read_bytes()).decode()}",
        "{style}": style,
        "{script}": script,
    }
    return re.sub(r"\{\w+\}", lambda found: parts[found[0]], _PAGE.read_text("utf-8"))


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def in_one_scope(main: Path) -> str:
    """A module and all that it imports as one script: each a function that gives what it exports.

    Raises:
        ValueError: Modules import one another in a circle, or in a way that is none of the console's.
    """
    written: dict[Path, str] = {}

    def write(file: Path, above: tuple[Path, ...]) -> str:
        """Write the module after those that it needs; gives its name."""
        name = f"${file.stem.replace('-', '_')}"
        if file in above:
            raise ValueError(f"{file.name} imports itself, by way of {above[-1].name}")
        if file in written:
            return name

        def needed(found: re.Match[str]) -> str:
            names = found[1].replace(" as ", ": ")
            return f"const {{{names}}} = {write((file.parent / found[2]).resolve(), (*above, file))};\n"

        code = _IMPORT.sub(needed, file.read_text("utf-8"))
        exported = _EXPORT.findall(code)
        code = _EXPORT.sub("", code)
        if odd := _EITHER.search(code):
            raise ValueError(f"{file.name} has a line that no report can: {odd[0].strip()}")
        written[file] = f"const {name} = (() => {{\n{code}return {{ {', '.join(exported)} }};\n}})();\n"
        return name

    write(main, ())
    return "\n" + "".join(written.values())
