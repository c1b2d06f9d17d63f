"""Paging tokens: where a page ended, for the client to hand back as it is."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson
from pydantic import ConfigDict, Field, model_validator

from mockcliq.apis.v2.schema import Input
from mockcliq.contract.ids import EpochMs
from mockcliq.contract.refusals import Refusal, Rule

INVALID_PAGING_TOKEN = Rule(
    "invalid_paging_token",
    400,
    have="{name}={token}",
    need="the {name} of an answer to this operation, in the same order",
    advice="The token is none that this list gave out. Begin again without it.",
)

Position = tuple[int | None, ...]


def write_token(listing: str, *position: int | None) -> str:
    """A token for a position in a listing."""
    return urlsafe_b64encode(orjson.dumps([listing, *position])).decode().rstrip("=")


def read_token(name: str, token: str, listing: str, parts: int) -> Position:
    """The position in a listing that a token stands for.

    Raises:
        Refusal: It is no token of that listing.
    """
    try:
        written = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        first, *position = written
        is_position = len(position) == parts and all(map(_is_part, position))
        # What is not spelt as it is given out was made up, too.
        if first == listing and is_position and write_token(listing, *position) == token:
            return tuple(position)
    except (ValueError, TypeError):
        pass
    raise Refusal(INVALID_PAGING_TOKEN, name=name, token=token)


def read_offset(token: str, listing: str) -> int:
    """The place in a listing of numbered rows at which a page begins; without a token the first.

    Raises:
        Refusal: It is no token of that listing.
    """
    if not token:
        return 0
    # What was given out is a number; a place behind the last row is an empty page.
    return max(0, read_token("next_token", token, listing, parts=1)[0] or 0)


def _is_part(value: object) -> bool:
    # SQLite has no larger integers.
    return value is None or (type(value) is int and abs(value) < 2**63)


class TokensQuery(Input):
    """What the query of a list that pages has."""

    model_config = ConfigDict(frozen=True)

    next_token: str = Field(default="", description="The next_token of the page before.")
    sync_token: str = Field(default="", description="The sync_token of an earlier answer: only what changed since.")

    @model_validator(mode="after")
    def _check_tokens(self) -> TokensQuery:
        if self.next_token and self.sync_token:
            raise ValueError("next_token or sync_token, not both")
        return self

    def position(self, listing: str) -> tuple[int | None, int | None, EpochMs | None]:
        """The moment and the row that the page before ended with, and the moment since when; None for any.

        Raises:
            Refusal: A token is none of that listing.
        """
        if self.next_token:
            last, row, since = read_token("next_token", self.next_token, listing, parts=3)
        elif self.sync_token:
            last = row = None
            (since,) = read_token("sync_token", self.sync_token, _synced(listing), parts=1)
        else:
            last = row = since = None
        return last, row, None if since is None else EpochMs(since)


def tokens(listing: str, now: int, *, last: tuple[int, int] | None, since: int | None) -> dict[str, Any]:
    """The tokens of an answer; ``last`` is what its page ended with, None for the last page."""
    following = {} if last is None else {"next_token": write_token(listing, *last, since)}
    return {"has_more": last is not None, **following, "sync_token": write_token(_synced(listing), now)}


def _synced(listing: str) -> str:
    # In whatever order a list is asked for, which stands behind its name, what changed since is the same.
    return f"{listing.partition(' ')[0]} since"
