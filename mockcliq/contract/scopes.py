"""OAuth scopes, by product, group and verb: ``ZohoCliq.Chats.READ``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

_ALL = "ALL"
"""The verb that grants all others of its group."""


class Scope(NamedTuple):
    """A scope as the reference writes it."""

    product: str
    group: str
    verb: str

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read a scope's name.

        Raises:
            ValueError: The name does not have three parts.
        """
        product, group, verb = name.split(".")
        return cls(product, group, verb)

    def __str__(self) -> str:
        return ".".join(self)

    @property
    def granted_by(self) -> tuple[str, str]:
        """The scopes that grant it, in lower case: itself, and ALL of its group."""
        return str(self).lower(), f"{self.product}.{self.group}.{_ALL}".lower()


def held(names: Iterable[str]) -> frozenset[str]:
    """Normalize a token's scopes for comparison: clients write them in any case."""
    return frozenset(name.lower() for name in names)
