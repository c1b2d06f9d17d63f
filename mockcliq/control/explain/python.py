"""A call as a program in Python: what makes it again with the standard library alone."""

from __future__ import annotations

from mockcliq.control.explain.replay import Replay


def python_program(replay: Replay) -> str:
    """The program."""
    scheme, _, host = replay.base_url.partition("://")
    connection = "HTTPSConnection" if scheme == "https" else "HTTPConnection"
    headers = [(name, _value(value)) for name, value in replay.headers]
    names = [name for name, _ in headers]
    write = _one_by_one if len(names) > len(set(names)) else _at_once
    return "\n".join(
        [
            f"from http.client import {connection}",
            "",
            f"connection = {connection}({host!r})",
            *write(replay, headers),
            "response = connection.getresponse()",
            "print(response.status)",
            'print(response.read().decode(errors="replace"))',
            "",
        ]
    )


def _at_once(replay: Replay, headers: list[tuple[str, str]]) -> list[str]:
    lines = ["connection.request(", f"    {replay.method!r},", f"    {replay.target!r},"]
    if replay.body:
        lines.append(f"    body={_bytes(replay.body)},")
    if headers:
        lines += ["    headers={", *(f"        {name!r}: {value}," for name, value in headers), "    },"]
    return [*lines, ")"]


def _one_by_one(replay: Replay, headers: list[tuple[str, str]]) -> list[str]:
    """For headers of which one comes twice, which no dict can have."""
    return [
        f"connection.putrequest({replay.method!r}, {replay.target!r})",
        *(f"connection.putheader({name!r}, {value})" for name, value in headers),
        *([f"connection.putheader('content-length', '{len(replay.body)}')"] if replay.body else []),
        f"connection.endheaders({_bytes(replay.body) if replay.body else ''})",
    ]


def _value(value: bytes) -> str:
    """A header's value as a literal: bytes only where http.client would encode a text as others than these."""
    return repr(value.decode()) if value.isascii() else _bytes(value)


def _bytes(content: bytes) -> str:
    """Bytes as a literal, legible where they are a text."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return repr(content)
    return repr(content) if text.isascii() else f"{text!r}.encode()"
