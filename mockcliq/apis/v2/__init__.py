"""Version 2 of Cliq's API: the table of contents, in the order of the reference."""

from __future__ import annotations

from typing import Any

from mockcliq.apis.v2 import (
    bots,
    channel_members,
    channels,
    chats,
    files,
    members,
    messages,
    pins,
    posts,
    reactions,
    statuses,
    threads,
    users,
    webhooks,
)
from mockcliq.apis.v2.not_emulated import NOT_EMULATED
from mockcliq.contract.api import Api
from mockcliq.gateway.resources import Resource
from mockcliq.gateway.steps import Steps
from mockcliq.gateway.steps.cors import answer_preflight
from mockcliq.gateway.steps.faults import answer_unknown, inject_fault
from mockcliq.gateway.steps.inputs import parse_inputs
from mockcliq.gateway.steps.negotiation import negotiate
from mockcliq.gateway.steps.prefer import grant_preference
from mockcliq.gateway.steps.rate_limit import limit_rate
from mockcliq.gateway.steps.resources import find_resources
from mockcliq.gateway.steps.routing import find_operation
from mockcliq.gateway.steps.scope import require_scope
from mockcliq.gateway.steps.token import authenticate, require_active_user
from mockcliq.gateway.steps.world import require_world
from mockcliq.gateway.styles.documented import DOCUMENTED
from mockcliq.gateway.styles.observed import OBSERVED

STEPS = (
    Steps.begin()
    .then(require_world)
    .then(answer_preflight)
    .then(answer_unknown)
    .then(find_operation)
    .then(grant_preference)
    .then(inject_fault)
    .then(authenticate)
    .then(require_active_user)
    .then(require_scope)
    .then(limit_rate)
    .then(negotiate)
    .then(parse_inputs)
    .then(find_resources)
)
"""The order of refusals; what an operation's own rules refuse comes after all of them.

Input is parsed after authentication. A call that passed the scope check counts against the threshold, whatever its
answer.
"""

RESOURCES: tuple[Resource[Any], ...] = (
    chats.CHAT,
    messages.MESSAGE,
    channels.CHANNEL_BY_ID,
    channels.CHANNEL_BY_NAME,
    channel_members.CHANNEL_MEMBER,
    threads.THREAD,
    users.BUDDY,
    bots.BOT,
    webhooks.APP,
    statuses.STATUS,
    files.FILE,
)
"""What paths name."""

V2 = Api(
    name="v2",
    title="Cliq API v2",
    tags={
        "Chats": "Retrieve, mute, pin and leave conversations.",
        "Webhooks": "Post messages to chats, channels and people, and from bots.",
        "v2": "Webhooks of extensions, which ask for no scope.",
        "Attachments": "Download files.",
        "Messages": "Read, edit and delete messages.",
        "messageactions": "React to messages.",
        "Bots": "Who has subscribed to bots.",
        "Users": "People of the organisation.",
        "Profile": "The caller, and their statuses.",
        "Channels": "Make channels, change them and their members.",
    },
    prefixes=("/api/v2", "/network/{NETWORK}/api/v2", "/company/{ORG_ID}/api/v2"),
    steps=STEPS,
    style=DOCUMENTED,
    profiles={"observed": OBSERVED},
    not_emulated=NOT_EMULATED,
    resources={each.parameter: each for each in RESOURCES},
    operations=(
        chats.list_direct_chats,
        members.list_chat_members,
        chats.mute_chat,
        chats.unmute_chat,
        pins.pin_message,
        pins.get_pinned_message,
        pins.unpin_message,
        chats.leave_chat,
        posts.post_message_to_chat,
        posts.post_message_to_channel,
        posts.post_message_to_channel_by_name,
        posts.post_message_to_user,
        posts.post_bot_message,
        webhooks.bot_incoming_webhook,
        webhooks.extension_incoming_webhook,
        messages.list_messages,
        messages.get_message,
        messages.edit_message,
        messages.delete_message,
        reactions.add_reaction,
        reactions.list_reactions,
        reactions.remove_reaction,
        bots.associate_bot,
        bots.list_bot_subscribers,
        bots.trigger_bot_call,
        users.list_users,
        users.get_user,
        users.get_user_status,
        users.get_me,
        users.add_users,
        statuses.list_statuses,
        statuses.add_status,
        statuses.get_current_status,
        statuses.set_current_status,
        statuses.delete_status,
        statuses.set_transient_status,
        statuses.clear_transient_status,
        channels.list_channels,
        channels.create_channel,
        channels.get_channel,
        channels.get_channel_by_name,
        channels.update_channel,
        channels.set_thread_auto_follow,
        channels.delete_channel,
        channel_members.list_channel_members,
        channel_members.add_channel_members,
        channel_members.remove_channel_members,
        channel_members.remove_channel_member,
        channel_members.change_channel_member_role,
        channels.join_channel,
        channels.leave_channel,
        channels.archive_channel,
        channels.unarchive_channel,
        threads.list_channel_threads,
        threads.list_chat_threads,
        threads.get_thread_main_message,
        threads.list_thread_followers,
        threads.add_thread_followers,
        threads.remove_thread_followers,
        threads.list_thread_nonfollowers,
        threads.follow_thread,
        threads.unfollow_thread,
        threads.update_thread_state,
        files.share_files_to_chat,
        files.share_files_to_channel,
        files.share_files_to_channel_by_name,
        files.share_files_to_user,
        files.share_files_as_bot,
        files.download_file,
        files.download_attachment,
    ),
)
