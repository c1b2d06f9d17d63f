"""Where a server is reached: its URL, and its ports for https and of its proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockcliq.tls.certificates import Certificates


@dataclass(frozen=True)
class Endpoints:
    """Where clients reach a server, once it listens; None for what is off, or not known."""

    tls_port: int | None = None
    proxy_port: int | None = None
    certificates: Certificates | None = None
    url: str | None = None
