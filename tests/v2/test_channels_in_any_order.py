"""Channels against a small model of them: whatever is done, counts, roles, unread messages and lists agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.club import ADA, CLUB, LABELS, MAX, NAMES, ZOE
from tests.control.worlds import Made, settled, unlimited
from tests.profiles import examples

pytest_plugins = ("tests.club_server",)

RANKS = {"admin": 0, "moderator": 1, "member": 2}

actors = st.sampled_from([ADA, MAX, ZOE])
steps = st.one_of(
    st.tuples(
        st.just("create"), actors, st.sampled_from(["Red", "Blue"]), st.sampled_from(["organization", "private"])
    ),
    st.tuples(st.sampled_from(["join", "leave", "leave_chat", "post"]), actors),
    st.tuples(st.sampled_from(["archive", "unarchive", "delete"]), actors),
    st.tuples(st.sampled_from(["add", "remove", "remove_silently"]), actors, st.sampled_from([*NAMES])),
    st.tuples(st.just("role"), actors, st.sampled_from([*NAMES]), st.sampled_from(["super_admin", *RANKS])),
    st.tuples(st.just("reread")),
)


@dataclass
class Channel:
    """A channel as the page of the reference has it; ``unread`` and ``roles`` are in the order people joined."""

    name: str
    level: str
    id: str
    chat: str
    roles: dict[str, str]
    archived: bool = False
    messages: int = 0
    unread: dict[str, int] = field(default_factory=dict)

    def says(self, sender: str) -> None:
        self.messages += 1
        for user in self.roles:
            self.unread[user] = self.unread.get(user, 0) + (user != sender)

    def let_in(self, user: str, by: str) -> None:
        self.roles[user] = "member" if self.roles else "super_admin"
        self.unread[user] = 0
        self.says(by)

    def let_go(self, user: str, by: str, *, silent: bool = False) -> None:
        del self.roles[user], self.unread[user]
        if self.roles and not self.super_admins():
            first = min(self.roles, key=lambda each: RANKS[self.roles[each]])
            self.roles[first] = "super_admin"
        if not silent:
            self.says(by)

    def super_admins(self) -> set[str]:
        return {user for user, role in self.roles.items() if role == "super_admin"}


def begin(world: Made, document: dict[str, Any]) -> None:
    """Make the world of this document, its clock standing still; any number of calls may be made."""
    world.control("PUT", "/state", json=document)
    unlimited(world).freeze()


class Story:
    """Does each step at the server and in the model; the server's status must be the model's."""

    def __init__(self, world: Made) -> None:
        self.world = world
        self.channels: list[Channel] = []
        self.ids: set[str] = set()

    def call(self, actor: str, method: str, path: str, status: int, body: Any = None) -> Any:
        answer = self.world.as_(LABELS[actor]).call(method, path, json=body)
        assert answer.status_code == status, (actor, method, path, body, answer.headers.get("X-Mockcliq-Reason"))
        return answer.json() if answer.content else None

    def create(self, actor: str, name: str, level: str) -> None:
        taken = any(each.name == name for each in self.channels)
        row = self.call(actor, "POST", "/channels", 400 if taken else 200, {"name": name, "level": level})
        if not taken:
            new = {row["channel_id"], row["chat_id"], row["unique_name"]}
            assert not new & self.ids
            self.ids |= new
            chat, roles = row["chat_id"], {actor: "super_admin"}
            self.channels.append(Channel(name, level, row["channel_id"], chat, roles, unread={actor: 0}))

    def act(self, step: str, actor: str, whom: str = "", role: str = "") -> None:
        """On the latest channel."""
        if self.channels:
            getattr(self, f"_{step}")(self.channels[-1], actor, *([whom] if whom else []), *([role] if role else []))

    def _join(self, channel: Channel, actor: str) -> None:
        is_in = actor in channel.roles
        allowed = is_in or channel.level == "organization"
        status = 403 if not allowed else 400 if channel.archived else 200
        self.call(actor, "POST", f"/channels/{channel.id}/join", status)
        if status == 200 and not is_in:
            channel.let_in(actor, actor)

    def _leave(self, channel: Channel, actor: str) -> None:
        status = 403 if actor not in channel.roles else 400 if channel.super_admins() == {actor} else 204
        self.call(actor, "POST", f"/channels/{channel.id}/leave", status)
        if status == 204:
            channel.let_go(actor, actor)

    def _leave_chat(self, channel: Channel, actor: str) -> None:
        self.call(actor, "POST", f"/chats/{channel.chat}/leave", 204 if actor in channel.roles else 403)
        if actor in channel.roles:
            channel.let_go(actor, actor)

    def _post(self, channel: Channel, actor: str) -> None:
        status = 403 if actor not in channel.roles else 400 if channel.archived else 204
        self.call(actor, "POST", f"/channels/{channel.id}/message", status, {"text": "Hello"})
        if status == 204:
            channel.says(actor)

    def _is_admin(self, channel: Channel, actor: str) -> bool:
        return channel.roles.get(actor) in ("admin", "super_admin")

    def _archive(self, channel: Channel, actor: str) -> None:
        self._set_archived(channel, actor, archived=True)

    def _unarchive(self, channel: Channel, actor: str) -> None:
        self._set_archived(channel, actor, archived=False)

    def _set_archived(self, channel: Channel, actor: str, *, archived: bool) -> None:
        status = 204 if self._is_admin(channel, actor) else 403
        self.call(actor, "POST", f"/channels/{channel.id}/{'archive' if archived else 'unarchive'}", status)
        if status == 204:
            channel.archived = archived

    def _delete(self, channel: Channel, actor: str) -> None:
        status = 204 if self._is_admin(channel, actor) else 403
        self.call(actor, "DELETE", f"/channels/{channel.id}", status)
        if status == 204:
            self.channels.remove(channel)

    def _add(self, channel: Channel, actor: str, whom: str) -> None:
        status = 403 if not self._is_admin(channel, actor) else 400 if channel.archived else 204
        self.call(actor, "POST", f"/channels/{channel.id}/members", status, {"user_ids": [whom]})
        if status == 204 and whom not in channel.roles:
            channel.let_in(whom, actor)

    def _remove(self, channel: Channel, actor: str, whom: str, *, silent: bool = False) -> None:
        status = 403 if not self._is_admin(channel, actor) else 400 if channel.archived else 204
        if status == 204 and whom not in channel.roles:
            status = 404
        elif status == 204 and channel.super_admins() == {whom}:
            status = 400
        body = {"user_ids": [whom], "silent": silent}
        self.call(actor, "DELETE", f"/channels/{channel.id}/members", status, body)
        if status == 204:
            channel.let_go(whom, actor, silent=silent)

    def _remove_silently(self, channel: Channel, actor: str, whom: str) -> None:
        self._remove(channel, actor, whom, silent=True)

    def _role(self, channel: Channel, actor: str, whom: str, role: str) -> None:
        if channel.level == "private" and actor not in channel.roles:
            status = 403
        elif whom not in channel.roles:
            status = 404
        elif not self._is_admin(channel, actor):
            status = 403
        elif channel.archived or (role != "super_admin" and channel.super_admins() == {whom}):
            status = 400
        else:
            status = 204
        self.call(actor, "PUT", f"/channels/{channel.id}/members/{whom}", status, {"role": role})
        if status == 204:
            channel.roles[whom] = role

    def reread(self) -> None:
        """Make the world anew of its own document."""
        document = settled(self.world)
        begin(self.world, document)
        assert settled(self.world) == document

    def look(self) -> None:
        """All that each of them sees of each channel."""
        for actor in (ADA, MAX, ZOE):
            rows = self.call(actor, "GET", "/channels?order_by=%2Bcreation_time", 200)["channels"]
            mine = [each for each in self.channels if each.level == "organization" or actor in each.roles]
            assert [
                (
                    row["name"],
                    row["participant_count"],
                    row["current_user_role"],
                    row["total_message_count"],
                    row["unread_message_count"],
                    row["status"],
                )
                for row in rows
                if row["channel_id"] in self.ids
            ] == [
                (
                    f"#{each.name}",
                    len(each.roles),
                    each.roles.get(actor, ""),
                    str(each.messages),
                    str(each.unread.get(actor, 0)),
                    "archived" if each.archived else "created",
                )
                for each in mine
            ]
            for each in mine:
                members = self.call(actor, "GET", f"/channels/{each.id}/members", 200)["members"]
                assert [(row["user_id"], row["user_role"]) for row in members] == list(each.roles.items())


@pytest.mark.hypothesis
@examples(60)
@given(course=st.lists(steps, min_size=1, max_size=25))
def test_whatever_is_done_to_channels_all_that_is_shown_agrees(course: list[tuple[Any, ...]], club: Made) -> None:
    begin(club, CLUB)
    story = Story(club)
    story.create(ADA, "Green", "organization")
    for step, *values in course:
        if step in ("create", "reread"):
            getattr(story, step)(*values)
        else:
            story.act(step, *values)
        story.look()
