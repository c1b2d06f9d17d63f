"""Routes of webhook tokens, and of the URLs to paste that have one."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from mockcliq.contract.ids import ChatId
from mockcliq.control.bots import known_bot
from mockcliq.control.deps import SelectedWorld, known_user, server_url
from mockcliq.control.messages import known_channel
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import Input, Output
from mockcliq.worlds.credentials import WEBHOOK_TOKENS_EACH, TooManyWebhookTokens
from mockcliq.worlds.world import World

router = APIRouter(tags=["Webhooks"], responses=PROBLEMS, route_class=ControlRoute)


class WebhookTokenRequest(Input):
    """A webhook token to make: for a user by id or e-mail address, the owner by default."""

    user: str | None = None


class WebhookToken(Output):
    """A token for the query parameter ``zapikey``."""

    token: str
    user: str


class Webhook(BaseModel):
    """A URL to paste, with the token in it, and whose that is.

    A POST to ``url`` of ``{"text": "…"}`` is a message. ``incoming_url`` is a bot's incoming webhook, which takes
    anything and posts nothing.
    """

    url: str
    incoming_url: str | None = Field(default=None, description="Null for a channel.")
    token: str
    user: str


@router.post("/webhook-tokens", summary="Make a webhook token", status_code=201)
async def mint_webhook_token(world: SelectedWorld, body: WebhookTokenRequest | None = None) -> WebhookToken:
    """It never expires; `DELETE /tokens/{token}` revokes it. A person has five at most, the fixed one among them."""
    user = known_user(world, None if body is None else body.user)
    try:
        return WebhookToken.model_validate(world.credentials.mint_for_webhooks(user, world.clock.now()))
    except TooManyWebhookTokens:
        detail = f"user: {user} has {WEBHOOK_TOKENS_EACH} webhook tokens, which is the maximum; revoke one"
        raise Problem(409, detail) from None


@router.get("/webhooks", summary="The URL of a webhook")
async def show_webhook(
    request: Request, world: SelectedWorld, channel: str | None = None, bot: str | None = None
) -> Webhook:
    """To paste into whatever posts to a channel or as a bot; the URL is made of the server's public URL."""
    if (channel is None) is (bot is None):
        raise Problem(422, "give one of channel and bot, to say what the webhook is for")
    api = f"{server_url(request)}/api/v2"
    if bot is not None:
        token, user = _token(world)
        path = f"{api}/bots/{known_bot(world, bot).unique_name}"
        incoming_url = f"{path}/incoming?zapikey={token}"
        return Webhook(url=f"{path}/message?zapikey={token}", incoming_url=incoming_url, token=token, user=user)
    found = known_channel(world, channel or "")
    token, user = _token(world, found.chat_id)
    url = f"{api}/channelsbyname/{quote(found.unique_name)}/message?zapikey={token}"
    return Webhook(url=url, token=token, user=user)


def _token(world: World, chat: ChatId | None = None) -> tuple[str, str]:
    """A webhook token that works, of a member of the chat if there is one, and whose it is.

    Raises:
        Problem: There is none.
    """
    for token, grant in world.credentials.grants.items():
        is_good = grant.is_webhook and not grant.revoked and grant.caller.active
        if is_good and (chat is None or world.store.members.has(chat, grant.caller.id)):
            return token, grant.caller.id
    whose = "nobody" if chat is None else "nobody in this channel"
    raise Problem(409, f'{whose} has a webhook token that works; POST /webhook-tokens {{"user": …}} makes one')
