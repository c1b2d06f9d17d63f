"""What every demo world has by name, whatever its seed: channels, bots, and what bots and people do beside talking.

The order is that in which a small world gets them. Ages are in working seconds, counted back from the evening that
the demo world ends with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mockcliq.contract.document import Bot, BotAccount, ChannelRole, Level
from mockcliq.contract.ids import UserId, bot_id
from mockcliq.seeding.phrases import MAIL_DOMAIN
from mockcliq.seeding.present import NEWEST_AGE

_HOUR = 3600
_DAY = 9 * _HOUR

OWNER, MEMBER = "owner", "member"
"""Who posts: one of these two, the number of another person in the chat, or a bot's unique name."""

Who = str | int


@dataclass(frozen=True)
class Post:
    """A message that is more than talk.

    Attributes:
        age: How much older it is than the newest message of its conversation.
        text: What it says.
        answers: How many posts before it the one is that it answers.
        reactions: Who reacted, by emoji.
        adds: Who is added to the channel: the message only tells that.
        picture: The name of its file, a picture; the text is its caption.
    """

    age: int
    by: Who
    text: str = ""
    card: Mapping[str, Any] | None = None
    slides: Sequence[Mapping[str, Any]] | None = None
    buttons: Sequence[Mapping[str, Any]] | None = None
    answers: int | None = None
    reactions: Mapping[str, Sequence[Who]] = field(default_factory=dict)
    adds: Sequence[Who] = ()
    picture: str | None = None


@dataclass(frozen=True)
class Conversation:
    """A conversation that every demo world has.

    Attributes:
        name: Its name; a channel's unique name is that in small letters.
        kind: What it is.
        age: The age of its newest message; None for one at random.
        people: The owner and the member, if they are in it; the first has begun it.
        others: How many more people are in it.
        topic: What is talked about: the number of a topic of the phrases; None for nothing but the posts.
        story: Of the stories of that topic, which is the first.
        unread: How many messages the owner and the member have not read.
        about: A channel's description, a bot chat's bot, or the channel of a thread.
    """

    name: str
    kind: Literal["channel", "thread", "bot"] = "channel"
    age: int | None = None
    people: tuple[str, ...] = (OWNER, MEMBER)
    others: int = 0
    topic: int | None = None
    story: int = 0
    unread: tuple[int, int] = (0, 0)
    about: str = ""
    level: Level = "organization"
    roles: Mapping[Who, ChannelRole] = field(default_factory=dict)
    bots: tuple[str, ...] = ()
    is_archived: bool = False
    posts: tuple[Post, ...] = ()


def _bot(unique_name: str, name: str, description: str) -> BotAccount:
    image = f"https://img.{MAIL_DOMAIN}/bots/{unique_name}.png"
    return BotAccount(unique_name, bot_id(unique_name), name, description, image)


BOTS = {
    bot.unique_name: bot
    for bot in (
        _bot("buildbot", "Build Bot", "Tells how builds and deployments go."),
        _bot("alertbot", "Alert Bot", "Tells when a service is down, and when it is well again."),
    )
}


def look_of(bot: BotAccount) -> Bot:
    """The name and picture that a bot posts under."""
    return Bot(bot.name, bot.image_url)


def _button(label: str, url: str, kind: str = "+") -> dict[str, Any]:
    web = f"https://{url.format(domain=MAIL_DOMAIN)}"
    return {"label": label, "type": kind, "action": {"type": "open.url", "data": {"web": web}}}


def _card(title: str) -> dict[str, Any]:
    return {"title": title, "theme": "modern-inline"}


def _build(  # noqa: PLR0913 - what a build has
    age: int,
    number: int,
    project: str,
    branch: str,
    minutes: int,
    *,
    has_failed: bool = False,
    reactions: Mapping[str, Sequence[Who]] | None = None,
) -> Post:
    result = "failed" if has_failed else "passed"
    rows = [{"Step": "build", "Result": "passed"}, {"Step": "test", "Result": result}]
    return Post(
        age,
        "buildbot",
        f"{project} {branch}: build {number} {result} in {minutes} min",
        card=_card(f"Build {number} {result}"),
        slides=[{"type": "table", "title": project, "data": {"headers": ["Step", "Result"], "rows": rows}}],
        buttons=[
            _button("Open build", f"ci.{{domain}}/builds/{number}"),
            _button("Run again", f"ci.{{domain}}/builds/{number}/rerun", "-" if has_failed else "+"),
        ],
        reactions=reactions or {},
    )


_ALERT = "p95 latency of checkout is 2.4 s, the limit is 0.8 s"

CONVERSATIONS = (
    Conversation(
        "Marketing",
        age=NEWEST_AGE + 1,
        others=4,
        topic=0,
        unread=(2, 1),
        about="Campaigns, launches and the website.",
        roles={OWNER: "super_admin", 0: "admin"},
        bots=("buildbot",),
    ),
    Conversation(
        "Builds",
        age=NEWEST_AGE + 15,
        people=(OWNER, MEMBER),
        others=5,
        unread=(3, 5),
        about="Every build, as it ends.",
        level="team",
        roles={OWNER: "super_admin", MEMBER: "admin"},
        bots=("buildbot",),
        posts=(
            Post(6 * _DAY, OWNER, adds=(MEMBER, 0, 1)),
            _build(5 * _DAY + 900, 1471, "checkout-service", "main", 7),
            _build(4 * _DAY + 5_200, 1472, "web-client", "main", 4, reactions={"🎉": [MEMBER, 0]}),
            _build(4 * _DAY + 1_900, 1473, "search-index", "bulk-import", 9, has_failed=True),
            Post(4 * _DAY + 1_500, 0, "That is my branch, a fixture is missing", answers=1),
            _build(4 * _DAY + 300, 1474, "search-index", "bulk-import", 8, reactions={":thumbsup:": [OWNER]}),
            _build(3 * _DAY + 8_100, 1475, "checkout-service", "main", 7),
            _build(2 * _DAY + 6_000, 1476, "mobile-app", "main", 12),
            _build(2 * _DAY + 700, 1477, "web-client", "dark-mode", 4, has_failed=True),
            Post(2 * _DAY + 420, MEMBER, "The test of the date picker is flaky, I run it again", answers=1),
            _build(2 * _DAY, 1478, "web-client", "dark-mode", 4),
            _build(_DAY + 12_000, 1479, "checkout-service", "main", 7),
            _build(_DAY + 2_000, 1480, "mobile-app", "main", 11, reactions={"🚀": [1, OWNER, MEMBER]}),
            _build(20_000, 1481, "web-client", "main", 4),
            _build(6_400, 1482, "checkout-service", "retry-webhooks", 8, has_failed=True),
            Post(6_000, 1, "Looking into it", answers=1),
            _build(1_200, 1483, "checkout-service", "retry-webhooks", 7, reactions={":clap:": [MEMBER]}),
            _build(0, 1484, "checkout-service", "main", 7),
        ),
    ),
    Conversation(
        "General",
        age=130,
        others=40,
        topic=5,
        unread=(1, 0),
        about="For everybody, about everything.",
        roles={OWNER: "super_admin"},
        posts=(
            Post(9 * _DAY, OWNER, adds=(MEMBER, 0)),
            Post(
                _DAY + 3_000,
                OWNER,
                "Sign-ups this week: the best since March",
                picture="signups.png",
                reactions={"🎉": [MEMBER, 0], ":thumbsup:": [1]},
            ),
            Post(_DAY + 2_700, MEMBER, "What a curve! Who wants cake?", answers=1, reactions={"🍰": [OWNER, 0, 1]}),
        ),
    ),
    Conversation(
        "Build Bot",
        "bot",
        people=(OWNER,),
        unread=(1, 0),
        about="buildbot",
        posts=(
            Post(2 * _DAY, "buildbot", "Hello! I tell you when a build of yours ends. Write `status` at any time."),
            Post(_DAY + 600, OWNER, "status"),
            Post(
                _DAY + 598,
                "buildbot",
                "No build of yours is running. The last one passed.",
                buttons=[_button("Open builds", "ci.{domain}/builds")],
            ),
            _build(0, 1483, "checkout-service", "retry-webhooks", 7),
        ),
    ),
    Conversation(
        "Announcements",
        age=190,
        others=40,
        unread=(0, 1),
        about="News of the company. Only admins post.",
        roles={OWNER: "super_admin", 0: "admin"},
        posts=(
            Post(7 * _DAY, OWNER, adds=(MEMBER, 0, 1)),
            Post(5 * _DAY, 0, "The office stays closed on Monday. Enjoy the long weekend!", reactions={"🏖️": [MEMBER]}),
            Post(
                0,
                OWNER,
                "All hands next Thursday at 10:00 am. These are the topics:",
                card=_card("All hands"),
                slides=[{"type": "list", "title": "Topics", "data": ["The quarter", "New people", "Your questions"]}],
                buttons=[_button("Add a question", "wiki.{domain}/p/all-hands")],
                reactions={":thumbsup:": [MEMBER, 1], "👀": [0]},
            ),
        ),
    ),
    Conversation(
        "Incidents",
        age=250,
        people=(OWNER, MEMBER),
        others=4,
        topic=2,
        unread=(0, 2),
        about="What is down, and who looks after it.",
        level="private",
        roles={OWNER: "super_admin", MEMBER: "moderator"},
        bots=("alertbot",),
        posts=(
            Post(
                _DAY + 7_000,
                "alertbot",
                _ALERT,
                card=_card("Checkout is slow"),
                buttons=[_button("Open dashboard", "status.{domain}/checkout", "-")],
                reactions={"👀": [0, MEMBER]},
            ),
            Post(_DAY + 3_100, "alertbot", "p95 latency of checkout is 0.3 s", card=_card("Checkout is well again")),
        ),
    ),
    Conversation(
        _ALERT,
        "thread",
        age=310,
        others=1,
        about="Incidents",
        posts=(
            Post(_DAY + 6_400, MEMBER, "A query without an index, since the release of this morning"),
            Post(_DAY + 6_000, 0, "Shall we roll back?"),
            Post(_DAY + 5_900, OWNER, "Yes please, and add the index tomorrow"),
            Post(_DAY + 4_000, 0, "Rolled back, it gets better", reactions={"🙏": [OWNER]}),
            Post(_DAY + 2_900, MEMBER, "Post-mortem is on Friday", answers=1),
        ),
    ),
    Conversation(
        "Engineering",
        age=330,
        others=9,
        topic=8,
        unread=(4, 0),
        about="How we build things.",
        level="team",
        roles={OWNER: "super_admin", MEMBER: "admin"},
        bots=("buildbot", "alertbot"),
        posts=(Post(3 * _DAY + 50, 0, "Proposal: we review within a day. What do you think?", reactions={"💯": [1]}),),
    ),
    Conversation(
        "Support",
        age=370,
        people=(OWNER,),
        others=6,
        topic=6,
        about="Questions of customers that need an answer.",
        roles={OWNER: "super_admin", 0: "moderator"},
    ),
    Conversation(
        "Build Bot",
        "bot",
        people=(MEMBER,),
        unread=(0, 1),
        about="buildbot",
        posts=(
            Post(_DAY, "buildbot", "Hello! I tell you when a build of yours ends. Write `status` at any time."),
            _build(0, 1478, "web-client", "dark-mode", 4),
        ),
    ),
    Conversation(
        "Sales",
        age=410,
        people=(OWNER,),
        others=5,
        topic=6,
        story=1,
        unread=(2, 0),
        about="Leads, offers, contracts.",
        level="team",
        roles={OWNER: "admin", 0: "super_admin"},
    ),
    Conversation(
        "Random",
        age=430,
        others=12,
        topic=7,
        about="Lunch, hobbies, and whatever else.",
        roles={MEMBER: "super_admin"},
    ),
    Conversation(
        "Design",
        age=470,
        people=(MEMBER,),
        others=5,
        topic=3,
        unread=(0, 3),
        about="Reviews, research, prototypes.",
        level="private",
        roles={MEMBER: "super_admin"},
    ),
    Conversation(
        "Partners",
        age=510,
        people=(OWNER,),
        others=3,
        topic=6,
        story=2,
        about="With people of other companies.",
        level="external",
        roles={OWNER: "super_admin"},
    ),
    Conversation(
        "Alert Bot",
        "bot",
        people=(OWNER,),
        about="alertbot",
        posts=(
            Post(0, "alertbot", "You are on call from Monday.", buttons=[_button("Swap", "status.{domain}/oncall")]),
        ),
    ),
    Conversation(
        "Proposal: we review within a day",
        "thread",
        age=540,
        people=(OWNER,),
        others=2,
        about="Engineering",
        posts=(
            Post(3 * _DAY - 700, 1, "Within a day is fine, if the change is small"),
            Post(3 * _DAY - 900, OWNER, "Agreed. Large ones get a date"),
        ),
    ),
    Conversation(
        "Website-relaunch",
        people=(OWNER, MEMBER),
        others=3,
        topic=0,
        story=1,
        about="Done: the new website is out.",
        roles={OWNER: "super_admin"},
        is_archived=True,
    ),
)

STATUSES: tuple[tuple[str, str, str, bool], ...] = (
    (OWNER, "busy", "In a meeting", False),
    (OWNER, "available", "At my desk", True),
    (MEMBER, "busy", "Deep work until noon", True),
)
"""Statuses in people's lists: whose, code, message, and whether it is set."""
FIRST_STATUS = 1_840_000_030_000_001
"""The first one's id, in the form that the reference shows."""


def sender(who: Who, people: Mapping[Who, UserId]) -> UserId:
    """Who of the people, or the bot, that is."""
    return BOTS[who].own_id if isinstance(who, str) and who in BOTS else people[who]
