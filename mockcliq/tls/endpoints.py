"""The ports that a server has beside its own: for https, and of its proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockcliq.tls.certificates import Certificates


@dataclass(frozen=True)
class Endpoints:
    """Where else clients reach a server, once it listens; None for what is off."""

    tls_port: int | None = None
    proxy_port: int | None = None
    certificates: Certificates | None = None
