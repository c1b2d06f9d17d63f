"""The access log: a line on standard output for each call of an emulated API.

Calls are handed to a thread, which redacts and writes them in batches: the event loop neither renders nor waits.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Any, Literal, NamedTuple

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.quoting import one_line
from mockcliq.contract.refusals import Reason
from mockcliq.contract.timestamps import iso_ms
from mockcliq.redaction import Issued, Redaction
from mockcliq.runtime.clock import real_time
from mockcliq.runtime.journal import Exchange

_LOG = logging.getLogger("mockcliq")

_MAX_WAITING = 10_000
"""Calls that may wait to be written; where nobody reads the output, later ones are counted and dropped."""
_PAUSE_S = 0.05
"""How long calls are gathered that are written at once."""
_LONGEST_KEPT = 4096
"""The bytes of the longest request whose redaction is kept for the next one like it."""


class _Line(NamedTuple):
    time: EpochMs
    exchange: Exchange
    reason: Reason | None
    issued: Issued


class AccessLog:
    """Writes a line for each call, as text or JSON, until it is closed.

    Args:
        log_format: Of the lines.
    """

    def __init__(self, log_format: Literal["text", "json"]) -> None:
        self._format = _as_json if log_format == "json" else _as_text
        self._waiting: SimpleQueue[_Line | None] = SimpleQueue()
        self._dropped = 0
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, exchange: Exchange, reason: Reason | None, issued: Issued) -> None:
        """Have a call written.

        Args:
            exchange: As the journal has it.
            reason: Of the answer that the client saw.
            issued: Tells the tokens that may be shown.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="mockcliq access log", daemon=True)
            self._thread.start()
            atexit.register(self.close)
        if self._waiting.qsize() < _MAX_WAITING:
            self._waiting.put(_Line(real_time(), exchange, reason, issued))
        else:
            self._dropped += 1

    def close(self) -> None:
        """Return when all calls are written."""
        if self._thread is not None:
            atexit.unregister(self.close)
            self._is_closing.set()
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            # So that a busy server does not wake this thread for each call.
            self._is_closing.wait(_PAUSE_S)
            lines = [line]
            with suppress(Empty):
                while (following := self._waiting.get_nowait()) is not None:
                    lines.append(following)
                self._waiting.put(None)  # it ends this loop, not only the inner one
            _print("".join(f"{self._format(_shown(each))}\n" for each in lines))
            dropped, self._dropped = self._dropped, 0
            if dropped:
                _LOG.warning("%d calls are not in the access log: nobody read it in time", dropped)


def _print(text: str) -> None:
    # Past the buffer, which would be written again at the end of the process. A closed output or a full disk does not
    # stop the server.
    with suppress(OSError):
        data = memoryview(text.encode(sys.stdout.encoding, "backslashreplace"))
        while data:
            data = data[os.write(sys.stdout.fileno(), data) :]


def _shown(line: _Line) -> dict[str, Any]:
    exchange = line.exchange
    known = exchange.headers, exchange.line.query, exchange.body, line.issued
    redaction = (_kept_redaction if _are_short(exchange) else _redaction)(*known)
    return {
        "time": iso_ms(line.time),
        "world": exchange.world,
        "user": exchange.user and one_line(exchange.user),
        "method": one_line(redaction.text(exchange.line.method)),
        "path": one_line(redaction.text(exchange.line.path)),
        "operation": None if exchange.operation is None else exchange.operation.label,
        "status": exchange.sent_status,
        "duration_ms": round(exchange.duration_ms, 3),
        "reason": None if line.reason is None else line.reason.line,
    }


def _are_short(exchange: Exchange) -> bool:
    """Whether the texts that a redaction is made of may be kept."""
    size = (
        len(exchange.line.query) + len(exchange.body) + sum(len(name) + len(value) for name, value in exchange.headers)
    )
    return size <= _LONGEST_KEPT


def _redaction(headers: Sequence[tuple[bytes, bytes]], query: bytes, body: bytes, issued: Issued) -> Redaction:
    redaction = Redaction(issued)
    redaction.learn(headers, query, body)
    return redaction


_kept_redaction = lru_cache(maxsize=64)(_redaction)  # clients send the same headers again and again


def _as_json(shown: Mapping[str, Any]) -> str:
    return json.dumps(shown)


def _as_text(shown: Mapping[str, Any]) -> str:
    *words, duration_ms, _ = map(_word, shown.values())
    ending = "" if shown["reason"] is None else f" {shown['reason']}"
    return f"{' '.join(words)} {duration_ms} ms{ending}"


def _word(value: object) -> str:
    return "-" if value is None else str(value).replace(" ", "%20")
