"""The fixed tokens that every named world has, one for each thing worth testing; its client and refresh token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from mockcliq.contract.document import Client, RefreshToken, Role, Token, User
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.timestamps import EARLIEST

SAMPLE_TOKEN = "1000.41d9xxxxxxxxxxxxxxxxxxxxxxxxc2d1.8fccxxxxxxxxxxxxxxxxxxxxxxxx125f"  # noqa: S105 - the reference page's sample
"""The token in every request sample of the reference page; the owner's, in `documentation` and in `demo`."""

READ_SCOPE = "ZohoCliq.Chats.READ"
_VERBS = {
    "Chats": ("READ", "CREATE", "UPDATE", "DELETE"),
    "Webhooks": ("CREATE",),
    "Messages": ("READ", "UPDATE", "DELETE"),
    "messages": ("CREATE",),
    "messageactions": ("CREATE", "READ", "DELETE"),
    "Attachments": ("READ",),
    "Channels": ("READ", "CREATE", "UPDATE", "DELETE"),
    "Users": ("READ", "CREATE", "UPDATE"),
    "Profile": ("READ", "CREATE", "UPDATE", "DELETE"),
    "Bots": ("READ",),
    "Teams": ("READ", "CREATE", "UPDATE", "DELETE"),
    "Departments": ("READ", "CREATE", "UPDATE", "DELETE"),
    "Designations": ("READ", "CREATE", "UPDATE", "DELETE"),
    "Organisation": ("READ", "CREATE", "UPDATE"),
    "Reminders": ("READ", "CREATE", "UPDATE", "DELETE"),
    "UserFields": ("CREATE",),
    "OrganizationChats": ("READ",),
    "OrganizationChannels": ("READ",),
    "OrganizationMessages": ("READ",),
}
ALL_SCOPES = [f"ZohoCliq.{group}.{verb}" for group, verbs in _VERBS.items() for verb in verbs]
"""Every scope of v2."""

WEBHOOK_LABEL = "webhook"
"""How the labels of webhook tokens begin; their names begin with 1001."""


def token_name(world: str, label: str) -> str:
    """The fixed token of that label: `default`'s are named after the product, another world's after the world."""
    first = "1001" if label.startswith(WEBHOOK_LABEL) else "1000"
    return f"{first}.{'mockcliq' if world == DEFAULT_WORLD else world}.{label}"


def label_in(name: str, world: str) -> str | None:
    """The label of a token that is named after that world; None for one that is not."""
    first, _, rest = name.partition(".")
    own = f"{'mockcliq' if world == DEFAULT_WORLD else world}."
    return rest.removeprefix(own) if first in ("1000", "1001") and rest.startswith(own) else None


def refresh_token_name(world: str) -> str:
    return token_name(world, "refresh")


_FIXED: tuple[tuple[str, Role], ...] = (
    ("owner", "owner"),
    ("member", "member"),
    ("outsider", "outsider"),
    ("readonly", "owner"),
    ("expired", "owner"),
    ("revoked", "owner"),
    ("deactivated", "deactivated"),
    (WEBHOOK_LABEL, "owner"),
)
"""The fixed tokens: label and holder."""

MINTED = "minted-"
"""How the label of a minted token begins."""

LABELS = tuple(label for label, _ in _FIXED)

_OF_ANY_WORLD = re.compile(rf"100[01]\.([a-z0-9-]+)\.(?:{'|'.join(LABELS)}|refresh|{MINTED}[0-9]+)")


def fixed_names(world: str) -> set[str]:
    """The names of a world's fixed tokens and refresh token, whether or not it has them all."""
    return {refresh_token_name(world), *(token_name(world, label) for label in LABELS)}


def namesake(name: str) -> str | None:
    """The world after which a fixed or minted token is named, whether or not it has one; None for another token."""
    found = _OF_ANY_WORLD.fullmatch(name)
    return None if found is None else found[1]


def taken_over(
    names: Sequence[str],
    world: str,
    named_for: str = DEFAULT_WORLD,
    kept: Iterable[str] = (),
    is_anothers: Callable[[str], bool] = lambda _name: False,
) -> dict[str, str]:
    """Names of a world's own for tokens that another world issued: by the old names, none of them twice.

    Args:
        names: The old names.
        world: The world that gets them.
        named_for: The world that issued them; what is named after it, or after `default`, keeps its label. Of any other
            name the end becomes the label, unless that is a fixed token's.
        kept: Names that are in use.
        is_anothers: Whether another world has a name.
    """
    taken = set(kept)
    renamed: dict[str, str] = {}

    def rename(name: str, label: str) -> None:
        own = token_name(world, label)
        while own in taken or is_anothers(own):
            own += "-2"
        taken.add(own)
        renamed[name] = own

    for name in names:
        label = label_in(name, named_for) or label_in(name, DEFAULT_WORLD)
        if label is not None:
            rename(name, label)
    taken |= fixed_names(world)
    for name in names:
        if name not in renamed:
            rename(name, name.rpartition(".")[2])
    return {name: renamed[name] for name in names}


CLIENT = Client("1000.MOCKCLIQ", "mockcliq-secret")
"""The program that every named world knows, wherever it wants its users sent back to."""


def fixed_refresh_tokens(users: Sequence[User], world: str = DEFAULT_WORLD) -> list[RefreshToken]:
    """The owner's refresh token for that program; none without an owner."""
    name = refresh_token_name(world)
    return [RefreshToken(name, CLIENT.client_id, user.id, list(ALL_SCOPES)) for user in users if user.role == "owner"]


def fixed_tokens(users: Sequence[User], world: str = DEFAULT_WORLD) -> list[Token]:
    """The fixed tokens of a world whose users have these roles; a token whose person is missing is left out.

    `readonly`, `expired` and `revoked` are the owner's own, so that they differ from `owner` in one thing alone.
    """
    by_role = {user.role: user for user in users if user.role is not None}
    return [
        Token(
            token=token_name(world, label),
            user=by_role[role].id,
            scopes=[READ_SCOPE] if label == "readonly" else list(ALL_SCOPES),
            expires=EARLIEST if label == "expired" else None,  # before any clock of a world
            revoked=label == "revoked",
            webhook=label == WEBHOOK_LABEL,
        )
        for label, role in _FIXED
        if role in by_role
    ]
