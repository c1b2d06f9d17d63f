"""Worlds, their state and snapshots, and what is arranged in them, through the client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

import mockcliq
from tests.conftest import Running

READ_ONE = """
mockcliq: 1
users: [{id: "1", name: Ada Nowak, email: ada@example.com}, {id: "2", name: Ben Okafor, email: ben@example.com}]
chats:
  - {id: "1000000000000000001", type: chat, name: Release, creator: "1", created: 2025-05-01T09:00:00Z,
     participants: ["1"]}
"""


@pytest.fixture
def server(documentation: Running) -> mockcliq.Client:
    return mockcliq.connect(documentation.url)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_of_another_encoding_is_a_world_s_state(server: mockcliq.Client, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(READ_ONE, encoding)
    with server.worlds.create(state=file) as world:
        assert names(world) == ["Release"]
        world.import_state(file)
        assert [user.name for user in world.users.list()] == ["Ada Nowak", "Ben Okafor"]


def names(world: mockcliq.Client, token: str | None = None, base: str | None = None) -> list[str] | int:
    """The names in a list of chats, the owner's by default; or the status, where there is no list."""
    headers = {"Authorization": f"Bearer {token or world.token}"}
    answer = httpx.get(f"{base or world.url}/api/v2/chats", headers=headers, trust_env=False)
    return [row["name"] for row in answer.json()["chats"]] if answer.is_success else answer.status_code


def test_a_made_world_is_there_until_its_block_ends(server: mockcliq.Client) -> None:
    before = [each.id for each in server.worlds.list()]  # other tests ask the same server
    with server.worlds.create("empty", id="mine") as world:
        assert (world.world, world.url, world.world_url) == ("mine", server.url, f"{server.url}/w/mine")
        assert (world.token, world.tokens["readonly"]) == ("1000.mine.owner", "1000.mine.readonly")
        assert world.refresh_token == "1000.mine.refresh"
        assert (names(world), names(server)) == ([], ["Ryan West"])
        assert [each.id for each in server.worlds.list()] == [*before, "mine"]
    assert [each.id for each in server.worlds.list()] == before
    assert names(world, "1000.mine.owner") == 401


def test_a_world_is_entered_again_by_its_id(server: mockcliq.Client) -> None:
    with server.worlds.create("empty") as world:
        again = mockcliq.connect(server.url, world=world.world)
        assert (again.token, again.users.list()) == (world.token, world.users.list())
        again.close()
        assert world.world in [each.id for each in server.worlds.list()]


def test_the_default_world_has_its_tokens_too(server: mockcliq.Client) -> None:
    assert (server.world, server.token, server.refresh_token) == (
        "default",
        "1000.mockcliq.owner",
        "1000.mockcliq.refresh",
    )
    assert server.tokens["member"] == "1000.mockcliq.member"
    assert names(server, base=server.world_url) == ["Ryan West"]


def test_a_world_that_is_deleted_already_is_closed_without_a_word(server: mockcliq.Client) -> None:
    with server.worlds.create("empty") as world:
        server.worlds.delete(world.world)


def test_what_cannot_be_made_or_deleted_is_refused(server: mockcliq.Client) -> None:
    with pytest.raises(mockcliq.Refused, match="default") as refused:
        server.worlds.delete("default")
    assert refused.value.status == 409
    with pytest.raises(mockcliq.Refused, match="'nowhere'"):
        server.worlds.create("nowhere")
    with pytest.raises(mockcliq.Refused, match="'gone'"):
        _ = mockcliq.connect(server.url, world="gone").token


@pytest.mark.slow
def test_a_world_is_made_from_a_seed_and_sizes(server: mockcliq.Client) -> None:
    with (
        server.worlds.create("demo", seed=5, users=6, chats=8, messages=20, rate_limit=False) as one,
        server.worlds.create("demo", seed=5, users=6, chats=8, messages=20) as other,
    ):
        assert (len(one.users.list()), len(one.chats.list())) == (6, 8)
        assert one.chats.list() == other.chats.list()
        assert names(one) == names(other)
        assert [isinstance(names(one), list) for _ in range(25)] == [True] * 25


def test_a_world_is_made_in_the_present_or_not(server: mockcliq.Client) -> None:
    with (
        server.worlds.create("demo", present="now") as moved,
        server.worlds.create("demo", present="fixed") as fixed,
    ):
        present, past = ({each.name: each.created for each in one.chats.list() if each.name} for one in (moved, fixed))
        weeks = (present["Builds"] - past["Builds"]) / timedelta(weeks=1)
    assert weeks == int(weeks) > 0


def test_a_world_refuses_as_it_was_made_to(server: mockcliq.Client) -> None:
    with server.worlds.create("empty", profile="observed") as one, server.worlds.create("empty") as other:
        shown = [each.call("GET", "/profile")["profile"] for each in (one, other)]
    assert shown == ["observed", "documented"]


def test_a_world_is_made_from_a_file_a_text_or_a_document(server: mockcliq.Client, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(READ_ONE)
    with (
        server.worlds.create(state=tmp_path / "mine.yaml") as one,
        server.worlds.create(state=READ_ONE) as two,
        server.worlds.create(state=one.state()) as three,
    ):
        for world in (one, two, three):
            assert names(world, world.token_for("ada@example.com")) == ["Release"]


def test_a_state_is_carried_from_world_to_world_and_becomes_the_start(server: mockcliq.Client) -> None:
    with server.worlds.create("empty", id="target") as world:
        renamed = world.import_state(server.state())
        assert renamed["1000.mockcliq.owner"] == world.token == "1000.target.owner"
        assert names(world) == ["Ryan West"]
        world.chats.add(type="chat", name="New", members=[world.users.list()[0]])
        world.reset()
        assert names(world) == ["Ryan West"]


def test_a_snapshot_is_gone_back_to_any_number_of_times(server: mockcliq.Client) -> None:
    server.clock.freeze("2025-08-01T00:00:00Z")
    assert server.snapshots.save("before").taken_at == datetime(2025, 8, 1, tzinfo=UTC)
    for _ in range(2):
        server.chats.add(type="chat", name="New", members=[server.users.list()[0]])
        server.limits.exhaust("list_direct_chats", lock=True)
        server.clock.advance(minutes=1)
        assert names(server) == 429
        server.snapshots.restore("before")
        assert names(server) == ["Ryan West"]
        assert server.clock.now() == datetime(2025, 8, 1, tzinfo=UTC)
    assert [each.name for each in server.snapshots.list()] == ["before"]
    server.snapshots.delete("before")
    with pytest.raises(mockcliq.Refused, match="'before'"):
        server.snapshots.restore("before")


def test_a_part_of_the_world_goes_back_to_its_start(server: mockcliq.Client) -> None:
    server.clock.freeze("2025-08-01T00:00:00Z")
    server.limits.exhaust("list_direct_chats", lock=True)
    assert server.reset("limits", "faults") == ["limits", "faults"]
    assert names(server) == ["Ryan West"]
    assert server.clock.state().mode == "frozen"
    assert set(server.reset()) == {"data", "tokens", "clock", "limits", "faults", "journal"}
    assert server.clock.state().mode == "offset"


def test_people_join_are_renamed_and_deactivated(server: mockcliq.Client) -> None:
    with server.worlds.create("empty") as world:
        person = world.users.add("Zoe Marsh", email="zoe@example.com")
        token = world.token_for("zoe@example.com")
        assert (person.active, person.role, names(world, token)) == (True, None, [])
        assert world.users.update(person, name="Zoe Lund").name == "Zoe Lund"
        assert not world.users.update("zoe@example.com", active=False).active
        assert names(world, token) == 403
        assert person.id in [each.id for each in world.users.list()]


def test_chats_messages_and_drafts_are_arranged(server: mockcliq.Client) -> None:
    with server.worlds.create("empty") as world:
        owner, member = (next(user for user in world.users.list() if user.role == role) for role in ("owner", "member"))
        chat = world.chats.add(type="chat", name="Release", members=[owner, member.email], id="1000000000000000001")
        assert (chat.id, chat.type, chat.name, chat.creator) == ("1000000000000000001", "chat", "Release", owner.id)
        assert [each.user for each in chat.participants] == [owner.id, member.id]
        assert (chat.messages, chat.last_message, chat.pinned_message, chat.pin) == (0, None, None, None)

        message = world.chats.add_message(chat, member, "Shall we ship it?", time="2025-05-01T09:01:00+00:00")
        assert (message.sender, message.sender_name) == (member.id, member.name)
        assert message.time == datetime(2025, 5, 1, 9, 1, tzinfo=UTC)
        pin = httpx.post(
            f"{world.url}/api/v2/chats/{chat.id}/stickymessage",
            headers={"Authorization": f"Bearer {world.token}"},
            json={"id": message.id},
            trust_env=False,
        )
        assert pin.is_success, pin.text

        world.chats.add_draft(chat.id, owner, "Not before")
        now = world.chats.get(chat)
        assert now.participants[0].draft == "Not before"
        assert (now.messages, now.last_message) == (1, message)
        assert world.chats.messages(chat) == [message]
        assert now.pin is not None
        assert (now.pin.message, now.pin.text, now.pin.creator_name, now.pin.expires) == (
            message.id,
            message.text,
            owner.name,
            None,
        )
        assert now.pin.created.tzinfo is not None
        assert [each.id for each in world.chats.list(member)] == [chat.id]
        world.chats.add_draft(chat.id, owner, "")
        assert world.chats.get(chat).participants[0].draft is None


def test_of_messages_the_latest_are_enough(server: mockcliq.Client) -> None:
    with server.worlds.create("documentation") as world:
        owner = next(user for user in world.users.list() if user.role == "owner")
        chat = world.chats.add(name="Release", members=[owner])
        written = [world.chats.add_message(chat, owner, text) for text in ("one", "two", "three")]
        assert world.chats.messages(chat, limit=2) == written[1:]


@pytest.mark.slow
def test_one_person_s_chats_come_all_of_them_or_by_name(server: mockcliq.Client) -> None:
    """However many pages that takes."""
    with server.worlds.create("demo", chats=1500) as world:
        owner = next(user for user in world.users.list() if user.role == "owner")
        chats = world.users.chats(owner)
        # Who is in a channel may not follow its threads; of all chats a call gives 1000.
        listed = [each.id for each in world.chats.list(owner.email) if each.type != "thread"]
        assert [each.id for each in chats if each.type != "thread"][: len(listed)] == listed
        assert len(listed) > 900
        assert len({each.id for each in chats}) == len(chats) > 1000
        latest = world.chats.get(chats[0])
        assert latest.last_message is not None
        assert chats[0].last_message is not None
        assert chats[0].last_message.time == latest.last_message.time
        assert (chats[0].people, chats[0].type) == (len(latest.participants), latest.type)
        found = world.users.chats(owner.email, search="AN")
        assert found == [each for each in chats if "an" in each.name.lower()] != []


def test_a_world_at_a_glance_tells_whether_anything_has_changed(server: mockcliq.Client) -> None:
    with server.worlds.create("empty") as world:
        before = world.overview()
        assert (before["world"], before["faults"]) == (world.world, [])
        assert world.overview()["changes"] == before["changes"]
        world.users.add("Zoe")
        assert world.overview()["changes"] != before["changes"]
