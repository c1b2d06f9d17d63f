"""What the OpenAPI document says of channels and threads is what is answered."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from tests.answers import assert_agreed
from tests.club import GREETING, OPEN, OPEN_CHAT
from tests.control.worlds import Made

pytest_plugins = ("tests.club_server",)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/channels", "/channels?limit=1"),
        ("/channels/{CHANNEL_ID}", f"/channels/{OPEN}"),
        ("/channelsbyname/{CHANNEL_UNIQUE_NAME}", "/channelsbyname/frontdesk"),
        ("/channels/{CHANNEL_ID}/members", f"/channels/{OPEN}/members"),
        ("/channels/{CHANNEL_ID}/threads", f"/channels/{OPEN}/threads?limit=1"),
        ("/chats/{CHAT_ID}/threads", f"/chats/{OPEN_CHAT}/threads"),
        ("/threads/{THREAD_CHAT_ID}/messages/main", "/threads/{thread}/messages/main"),
        ("/threads/{THREAD_CHAT_ID}/followers", "/threads/{thread}/followers?limit=1"),
        ("/threads/{THREAD_CHAT_ID}/nonfollowers", "/threads/{thread}/nonfollowers"),
    ],
)
def test_an_answer_and_the_example_fit_the_document(template: str, path: str, club: Made) -> None:
    max_ = club.as_("member")
    max_.post(f"/channels/{OPEN}/message", json={"text": "x", "thread_message_id": GREETING})
    thread = max_.get(f"/channels/{OPEN}/threads").json()["data"][0]["chat_id"]
    answer = max_.get(path.format(thread=thread))
    assert_agreed(answer)
    document = club.server.http.get("/openapi.json").json()
    said = document["paths"][f"/api/v2{template}"]["get"]["responses"]["200"]["content"]
    for media_type in said.values():
        validator = Draft202012Validator({**media_type["schema"], "components": document["components"]})
        validator.validate(media_type["example"])
        validator.validate(answer.json())
