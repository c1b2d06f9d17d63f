"""A call as a curl command for a shell."""

from __future__ import annotations

import shlex

from mockcliq.control.explain.replay import Replay

_ARGUMENT_LIMIT = 100_000
"""The maximum length of an argument, in bytes; some systems take no longer ones."""

_PLAIN_BYTES = frozenset(b'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz {}[]:,;.=&+-_/"?!@#$()<>|~^*')


def curl_line(replay: Replay) -> str:
    body = replay.content
    words = ["curl", "-i", *_method(replay.method, has_body=bool(body)), *_url(replay)]
    for name, value in replay.headers:
        if (name, value) != ("accept", "*/*"):  # curl's default
            words += ["-H", _quoted((f"{name}: {value}" if value else f"{name};").encode("latin-1"))]
    if not replay.sends("accept"):
        words += ["-H", "Accept:"]
    if not body:
        return " ".join(words)
    if not replay.sends("content-type"):
        words += ["-H", "Content-Type:"]
    if _is_printable(body) and len(body) < _ARGUMENT_LIMIT:
        return " ".join([*words, "--data-raw", _quoted(body)])
    return f"printf '{_escaped(body)}' | {' '.join([*words, '--data-binary', '@-'])}"


def _method(method: str, *, has_body: bool) -> list[str]:
    if method == "HEAD":
        return ["--head"]
    return [] if method == "GET" and not has_body else ["-X", shlex.quote(method)]


def _url(replay: Replay) -> list[str]:
    target = replay.target
    words = []
    if any(each in target for each in "[]{}"):
        words.append("-g")
    if not replay.path.startswith("/"):
        words += ["--request-target", shlex.quote(target)]
        target = "/"
    elif "/." in replay.path:
        words.append("--path-as-is")
    return [*words, shlex.quote(replay.origin + target)]


def _quoted(data: bytes) -> str:
    """Quote bytes as one word of a POSIX shell; NUL and newlines at the end are lost."""
    return shlex.quote(data.decode()) if _is_printable(data) else f"\"$(printf '{_escaped(data)}')\""


def _is_printable(data: bytes) -> bool:
    """Whether a terminal takes the pasted bytes as they are; a tab is none of them."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(each.isprintable() or each == "\n" for each in text)


def _escaped(data: bytes) -> str:
    """Escape bytes as a format of printf, for single quotes."""
    return "".join(chr(each) if each in _PLAIN_BYTES else f"\\{each:03o}" for each in data)
