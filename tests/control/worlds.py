"""Verbs for the tests of worlds: make them, be in them, read all that they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import Cliq, Running

LABELS = {"owner", "member", "outsider", "readonly", "expired", "revoked", "deactivated"}


@dataclass(frozen=True)
class Made:
    """A world of a server, as its making answered."""

    server: Running
    answer: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name."""
        name: str = self.answer["id"]
        return name

    def as_(self, label: str) -> Cliq:
        """The emulated API, called with this world's token of that label."""
        return Cliq(self.server, self.answer["tokens"][label])

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call a route of the control API for this world."""
        return self.server.http.request(method, f"{self.answer['control_url']}{path}", **arguments)

    def control(self, method: str, path: str, **arguments: Any) -> Any:
        """Call a route of the control API for this world, which must agree; gives the JSON of its answer."""
        answer = self.call(method, path, **arguments)
        assert answer.is_success, answer.text
        return answer.json()

    def freeze(self, now: str = "2025-06-01T12:00:00Z") -> None:
        """Let its clock stand still."""
        self.control("PUT", "/clock", json={"mode": "frozen", "now": now})


def make(server: Running, **order: Any) -> Made:
    """Make a world, which must work."""
    answer = server.http.post("/_mockcliq/worlds", json=order)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return Made(server, answer.json())


def default_of(server: Running) -> Made:
    """The default world, seen as the made ones are."""
    return Made(server, server.control("GET", "/worlds/default"))


def told(answer: httpx.Response) -> tuple[int, str]:
    """The status of a problem, and what it says."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["detail"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal of the emulated API, and the rule that it names."""
    return answer.status_code, answer.headers["X-Mockcliq-Reason"].partition(";")[0]


def shown(world: Made) -> list[bytes]:
    """All that its people can read: every list, every list of members, every pin; that takes many calls."""
    roles = {user["id"]: user["role"] for user in world.answer["users"]}
    answers = [world.as_(label).get("/chats") for label in ("owner", "member") if label in world.answer["tokens"]]
    for chat in world.control("GET", "/chats?limit=10000")["chats"]:
        readers = {roles.get(each["user"]) for each in chat["participants"]} & {"owner", "member"}
        for label in sorted(str(role) for role in readers)[-1:]:
            answers += [world.as_(label).get(f"/chats/{chat['id']}/{what}") for what in ("members", "stickymessage")]
    assert {answer.status_code for answer in answers} <= {200}, [answer.status_code for answer in answers]
    return [answer.content for answer in answers]


def unlimited(world: Made) -> Made:
    """The world, of which any number of calls may be made."""
    world.control("PUT", "/limits", json={"threshold": 100_000})
    return world


def settled(world: Made) -> dict[str, Any]:
    """Its document, which must say the same when it is asked for twice."""
    first, second = (world.call("GET", "/state").content for _ in range(2))
    assert first == second
    document: dict[str, Any] = world.control("GET", "/state")
    return document
