"""People of the organisation; and the resource USER_ID, by id or e-mail address."""

from __future__ import annotations

from mockcliq.contract.refusals import Rule
from mockcliq.gateway.resources import Resource

UNKNOWN_USER = Rule(
    "unknown_user",
    404,
    have="{key}",
    need="the id or e-mail address of a person",
    advice="Nobody has this id or e-mail address. GET {control}/users lists everybody.",
)

USER_PATTERN = r"[^/\s]{1,254}"

BUDDY = Resource(
    parameter="USER_ID",
    kind="user",
    pattern=USER_PATTERN,
    find=lambda call, key: call.world.store.users.find(key),
    own_id=lambda world, key: None if (user := world.store.users.find(key)) is None else user.id,
    unknown=UNKNOWN_USER,
    description="The id (ZUID) or the e-mail address of the person.",
    example="631830848",
)
