"""A call as a program in JavaScript: what makes it again with fetch, in Node or in a browser's console.

fetch makes fewer calls than HTTP knows. Of one that it cannot make, a comment says why.
"""

from __future__ import annotations

import json
import re

from mockcliq.control.explain.replay import Replay

_REFUSED_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_METHODS_IN_CAPITALS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""fetch sends these so, however they are written."""

_METHODS_WITHOUT_BODY = frozenset({"GET", "HEAD"})

_FETCHS_OWN = frozenset(
    {
        "accept-charset",
        "access-control-request-headers",
        "access-control-request-method",
        "access-control-request-private-network",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "origin",
        "referer",
        "set-cookie",
        "via",
    }
)
_FETCHS_OWN_BEGIN = ("proxy-", "sec-")
"""Headers that a page's script may not write, beside those that are no call's own; Node sends most of them."""

_NO_HEADER = re.compile(rb"[^\t\x20-\x7e\x80-\xff]")


def javascript_program(replay: Replay) -> str:
    """The program, a module; or the comment."""
    obstacle = _obstacle(replay)
    if obstacle is not None:
        return f"// fetch cannot make this call: {obstacle}. curl and Python can.\n"
    lines = []
    replaced = sorted({name for name, _ in replay.headers if name in _FETCHS_OWN or name.startswith(_FETCHS_OWN_BEGIN)})
    if replaced:
        lines.append(f"// A browser sends its own in place of these headers, or none: {', '.join(replaced)}.")
    options = _options(replay)
    url = _text(replay.base_url + replay.target)
    if options:
        lines += [f"const response = await fetch({url}, {{", *(f"  {line}" for line in options), "});"]
    else:
        lines.append(f"const response = await fetch({url});")
    return "\n".join([*lines, "console.log(response.status);", "console.log(await response.text());", ""])


def _obstacle(replay: Replay) -> str | None:
    method = replay.method.upper()
    if method in _REFUSED_METHODS:
        return f"it refuses the method {method}"
    if method in _METHODS_IN_CAPITALS and method != replay.method:
        return f"it sends {replay.method} as {method}"
    if method in _METHODS_WITHOUT_BODY and replay.body:
        return f"it sends no body with {method}"
    if not replay.path.startswith("/") or "\\" in replay.path or any(map(_is_dots, replay.path.split("/"))):
        return "it sends another path, without dots and backslashes"
    if replay.sends("__proto__"):  # which names no property, so that Node loses it
        return "it sends no header __proto__"
    refused = next((name for name, value in replay.headers if _NO_HEADER.search(value)), None)
    return None if refused is None else f"it refuses control characters, which {refused} has"


def _is_dots(segment: str) -> bool:
    """Whether a URL's parser takes it off: one or two dots, however they are encoded."""
    return segment.lower().replace("%2e", ".") in (".", "..")


def _options(replay: Replay) -> list[str]:
    lines = [] if replay.method == "GET" else [f"method: {_text(replay.method)},"]
    headers: dict[str, str] = {}
    for name, value in replay.headers:
        text = value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text  # as fetch would itself
    if headers.get("accept") == "*/*":  # which fetch sends unasked
        del headers["accept"]
    if headers:
        lines += ["headers: {", *(f"  {_text(name)}: {_text(value)}," for name, value in headers.items()), "},"]
    if replay.body:
        lines.append(f"body: {_body(replay)},")
    if replay.was_sent_elsewhere:
        lines.append('redirect: "manual",')
    return lines


def _body(replay: Replay) -> str:
    try:
        text = _text(replay.body.decode())
    except UnicodeDecodeError:
        return f"new Uint8Array({json.dumps(list(replay.body))})"
    # Of a text fetch says that it is plain, unless it is told otherwise; of bytes it says nothing.
    return text if replay.sends("content-type") else f"new TextEncoder().encode({text})"


def _text(text: str) -> str:
    """A string literal, legible, and harmless in a page's script too."""
    shown = json.dumps(text, ensure_ascii=False)
    shown = "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in shown)
    return re.sub("<(?=[/!])", r"\\u003c", shown)
