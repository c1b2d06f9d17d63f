"""The demo world: an invented organisation whose people, groups and conversations Faker makes from a seed.

The same seed and sizes give the same world wherever it is made: every generator here is private and seeded, and no
clock is read. Texts come from a pool that is made once. Of a big world some ten thousand chats are told, and the last
five thousand of those stand as models for all others, which the store makes: what an office wrote in one week, it wrote
much like that in the weeks before. So a million chats take seconds, and they are never all held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count, cycle, islice, repeat
from math import gcd
from random import Random
from typing import TypeVar

from faker.generator import Generator
from faker.providers.person import de_DE, en_GB, en_IN, en_US, es_ES, fr_FR, it_IT, pt_PT, sv_SE
from faker.utils.text import slugify

from mockcliq.contract.document import (
    LIST_OFFSET,
    BotAccount,
    Channel,
    Chat,
    ChatType,
    Client,
    File,
    Info,
    Message,
    Participant,
    Pin,
    RefreshToken,
    Repetition,
    Role,
    Round,
    Status,
    Token,
    User,
)
from mockcliq.contract.document import Thread as ThreadOf
from mockcliq.contract.ids import ChatId, EpochMs, MessageId, UserId
from mockcliq.seeding.errors import BadWorld
from mockcliq.seeding.office import (
    BOTS,
    CONVERSATIONS,
    FIRST_STATUS,
    MEMBER,
    OWNER,
    STATUSES,
    Conversation,
    Post,
    Who,
    look_of,
    sender,
)
from mockcliq.seeding.phrases import DIRECT, MAIL_DOMAIN, TOPICS, Thread, office_talk, tell
from mockcliq.seeding.picture import bar_chart
from mockcliq.seeding.present import FRIDAY_EVENING, NEWEST_AGE, WEEK_MS
from mockcliq.seeding.tokens import ALL_SCOPES, CLIENT, SAMPLE_TOKEN, fixed_refresh_tokens, fixed_tokens

_MODELS = 5_000
"""How many chats of a big world are copied, and how many more are told at least."""
_SMALLEST_GROUP = 3
_ROLES: tuple[Role, ...] = ("owner", "member", "outsider", "deactivated")
_LOCALES = (en_US, en_GB, en_IN, de_DE, es_ES, fr_FR, it_IT, pt_PT, sv_SE)

_KINDS: tuple[tuple[ChatType, bool, bool], ...] = (
    *repeat(("dm", True, False), 6),
    *repeat(("dm", False, True), 2),
    *repeat(("chat", True, True), 4),
    *repeat(("chat", True, False), 4),
    *repeat(("chat", False, True), 2),
    ("channel", True, True),
    ("channel", False, True),
)
"""What twenty chats are: the type, and whether the owner and the member are in it; a dm without the owner is any two
others'. So the owner has 14 of the 18 that are no channels."""

_FIRST_KINDS: tuple[tuple[ChatType, bool, bool], ...] = (
    *repeat(("dm", True, False), 16),
    *repeat(("chat", True, True), 12),
    *repeat(("chat", True, False), 10),
    *repeat(("dm", False, True), 2),
    *repeat(("chat", False, True), 2),
    ("channel", False, True),
)
"""The same of the first ones beside the conversations that have names: the owner of 60 chats has 40 to list."""

_SHARES = (2, 1, 5, 0, 1, 3, 1, 2, 0, 4, 1, 2, 6, 1, 0, 3, 1, 2)
"""How unevenly people write: of nineteen chats these have so many shares each, and one has no message at all."""

# People write in office hours, 9 to 18 o'clock in the offset of the list. So a moment is first an age in *working*
# seconds, counted back from the last Friday evening before the world's present.
_WORKING_DAY = 9 * 3600
_WORKING_WEEK = 5 * _WORKING_DAY
_NEWEST_LISTED_AGE = 600
_CHATS_SPAN = 150 * _WORKING_DAY
"""Between the newest and the oldest last message of a small world."""
_HISTORY_SPAN = 400 * _WORKING_DAY
"""About what the longest history may cover, however many messages it has."""
_UNHURRIED_PACE = 240
_UNHURRIED_PAUSE = 3 * _WORKING_DAY
"""The longest waits for the next line of a thread, and for the next thread."""

_DOCUMENTED = (
    (
        MessageId("1573641936588_345281288778"),
        "Feature review date: 15/11/2019",
        EpochMs(1_573_641_936_588),
        EpochMs(1_573_641_920_572),
    ),
    (
        MessageId("1573708648341_375412769224"),
        "meeting at 4",
        EpochMs(1_573_708_648_341),
        EpochMs(1_573_708_493_055),
    ),
)
"""The messages of the reference's pin examples: id, text, time and modified. The first is the pinned one."""
_DOCUMENTED_PIN = EpochMs(1_573_641_961_788)

_ID_DIGITS = 19
_FIRST_HEAD, _HEAD_STEP = 301_009, 1_009
"""What ids begin with. Of the chats that are told it is 200000 to 210000; copies of the models follow in even steps."""

_FAR_EXPIRY = EpochMs(2_051_222_400_000)
"""2035-01-01T00:00:00Z, for the pins that do expire."""

_STORIES_BY_NAME = 1 + max(each.story for each in CONVERSATIONS)
"""How many stories of each topic are told in the channels that have names; the others begin behind them."""
_MENTIONED_OTHERS = 2
"""In the smallest worlds a channel has fewer people than its posts mention: then they take turns."""
_ID_ENDS = {"channel": "", "thread": "-T-{}", "bot": "-B1"}

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Demo:
    """The demo world's blueprint.

    Attributes:
        seed: What everything is made from.
        user_count: At least five: the four people behind the fixed tokens, and one more.
        chat_count: Any number. The first is the channel of the reference's pin examples, with its two messages. Half of
            them at most are the conversations that every demo world has (`mockcliq.seeding.office`).
        message_count: In all chats together, those two included and always there. None for 12 a chat up to 10,000
            chats and one for each chat beyond.
        weeks: How many weeks later everything happens. The reference's two messages keep their time, as their ids do.

    Of 15,000 chats and more the models are copied: groups and channels all of them, for two people have but one dm.
    """

    name = "demo"
    starts_at = None
    utc_offset = LIST_OFFSET

    seed: int
    user_count: int = 25
    chat_count: int = 60
    message_count: int | None = None
    weeks: int = 0

    def __post_init__(self) -> None:
        sizes = ("users", self.user_count, 5), ("chats", self.chat_count, 0), ("messages", self.message_count, 0)
        for name, size, least in sizes:
            if size is not None and size < least:
                raise BadWorld(f"{name} is {size}, the least is {least}")
        if self.message_count and not self.chat_count:
            raise BadWorld(f"messages is {self.message_count}, but with no chats it can only be 0")

    @cached_property
    def users(self) -> list[User]:
        """The people, those behind the fixed tokens first."""
        random = Random(f"{self.seed} users")
        generator = Generator()
        generator.random = random
        names = [locale.Provider(generator) for locale in _LOCALES]
        ids = random.sample(range(10**8, 10**9), self.user_count)
        namesakes: dict[str, int] = {}
        people = []
        for user_id, role in zip(ids, chain(_ROLES, repeat(None)), strict=False):
            provider = random.choice(names)
            name = f"{provider.first_name()} {provider.last_name()}"
            mailbox = slugify(name).replace("-", ".")
            namesakes[mailbox] = namesakes.get(mailbox, 0) + 1
            if namesakes[mailbox] > 1:
                mailbox += str(namesakes[mailbox])
            people.append(User(UserId(str(user_id)), name, f"{mailbox}@{MAIL_DOMAIN}", role != "deactivated", role))
        return people

    @property
    def total_messages(self) -> int:
        if self.chat_count == 0:
            return 0
        if self.message_count is None:
            return 12 * min(self.chat_count, 10_000) + max(self.chat_count - 10_000, 0)
        return max(self.message_count, len(_DOCUMENTED))

    @property
    def tokens(self) -> list[Token]:
        """The fixed tokens, and the one of the reference's samples."""
        return [*fixed_tokens(self.users), Token(SAMPLE_TOKEN, self.users[0].id, list(ALL_SCOPES))]

    @property
    def bots(self) -> list[BotAccount]:
        creator = self.users[0].id
        return [replace(bot, creator=creator) for bot in BOTS.values()] if self.chat_count else []

    @property
    def statuses(self) -> list[Status]:
        people = {OWNER: self.users[0].id, MEMBER: self.users[1].id}
        return [
            Status(str(FIRST_STATUS + number), people[who], code, message, is_current)
            for number, (who, code, message, is_current) in enumerate(STATUSES if self.chat_count else ())
        ]

    @property
    def retired(self) -> list[str]:
        return []

    @property
    def clients(self) -> list[Client]:
        return [CLIENT]

    @property
    def refresh_tokens(self) -> list[RefreshToken]:
        return fixed_refresh_tokens(self.users)

    @property
    def chats(self) -> Iterator[Chat]:
        """The chats that are told, made one by one while they are read; the same at each call."""
        return _Narrator(self).chats() if self.chat_count else iter(())

    @property
    def copies(self) -> int:
        """How often each model is copied: what is left over beside full rounds is told, and as many again at least."""
        return max(0, self.chat_count // _MODELS - 2)

    @property
    def models(self) -> int:
        """How many of the chats that are told are copied: the last of them."""
        return _MODELS if self.copies else 0

    @property
    def repetition(self) -> Repetition | None:
        """The copies of each model, each a week earlier than the one before."""
        if not self.copies:
            return None
        rounds = [Round(str(_FIRST_HEAD + _HEAD_STEP * weeks), WEEK_MS * weeks) for weeks in range(1, self.copies + 1)]
        return Repetition(self.models, rounds)


class _Narrator:
    """Makes the chats of a demo world, once from the first to the last."""

    def __init__(self, demo: Demo) -> None:
        self._names = {user.id: user.name for user in demo.users}
        self._first_names = {user: name.partition(" ")[0] for user, name in self._names.items()}
        self._owner, self._member, _, *self._others = self._first_names
        self._twice_round = self._others * 2
        self._models = demo.models
        others_told = demo.chat_count - self._models * (demo.copies + 1)
        self._by_name = CONVERSATIONS[: (others_told + 1) // 2]
        self._plain = others_told - len(self._by_name)
        self._evening = FRIDAY_EVENING + WEEK_MS * demo.weeks
        self._end = self._evening - 1000 * NEWEST_AGE
        self._far_expiry = EpochMs(_FAR_EXPIRY + WEEK_MS * demo.weeks)

        messages = demo.total_messages - len(_DOCUMENTED)
        self._model_messages = messages * self._models // demo.chat_count
        other_messages = messages - self._model_messages * (demo.copies + 1)
        self._posts = _dealt([len(each.posts) for each in self._by_name], other_messages // 4)
        self._lines = self._talk(other_messages - sum(self._posts), others_told)
        self._plain_messages = other_messages - sum(self._posts) - sum(self._lines)
        self._weights = [*(4 + messages // demo.chat_count * share for share in _SHARES), 0]
        longest = 1 + messages * max(self._weights) // self._weight_of(demo.chat_count)
        self._pace = min(_UNHURRIED_PACE, _HISTORY_SPAN // longest)
        self._pause = min(_UNHURRIED_PAUSE, 4 * _HISTORY_SPAN // longest)

        talk = office_talk(f"{demo.seed} phrases")
        # Pools: when all is told, it is told again in another order. A whole number of turns at the topics, so that a
        # long history goes on in other stories of its own topic.
        self._group_stories = talk.stories(len(TOPICS) * min(50, 1 + _STORIES_BY_NAME + demo.chat_count // 15), TOPICS)
        self._direct_stories = talk.stories(min(200, 1 + demo.chat_count * 2 // 5), (DIRECT,))
        drafts = talk.drafts(16)

        self._random = Random(f"{demo.seed} chats")
        self._roll = self._random.random
        self._organisation = self._random.randrange(10**8, 10**9)
        self._chat_numbers = _ascending(_ID_DIGITS, self._random.getrandbits(60))
        self._message_numbers = _scattered(12, self._random.getrandbits(40))
        # Cycles rather than dice, so that a small world has some of everything too; the owner's come round more often.
        # Each is whether the chat is muted, whether it is pinned in the list, and a draft.
        self._owner_habits = _one_in(8), _one_in(7), _now_and_then(5, drafts[:8])
        self._other_habits = _one_in(13), _one_in(17), _now_and_then(23, drafts[8:])
        self._owner_unread = _now_and_then(4, [1, 3, 2, 5])
        self._has_left = _one_in(4)
        self._has_pin = _one_in(3)
        self._expiries = _now_and_then(3, [self._far_expiry])

    def chats(self) -> Iterator[Chat]:
        """Every chat: those that have names, then all others."""
        ages = self._ages(self._plain + sum(each.age is None for each in self._by_name))
        newest = list(islice(ages, 1))
        yield from self._chats_by_name(ages)
        yield from self._other_chats(chain(newest, ages, self._ages_of_models(self._models)))

    def _other_chats(self, ages: Iterator[int]) -> Iterator[Chat]:
        """Who is in each of these and how much they wrote are two more series."""
        groups, pairs = count(len(TOPICS) * _STORIES_BY_NAME), count()
        quotas = chain(
            self._quotas(self._plain_messages, self._plain), self._quotas(self._model_messages, self._models)
        )
        for age, quota, (kind, people) in zip(ages, quotas, self._circles(), strict=False):  # the first ends it
            if kind == "dm":
                title, threads = "", tell(self._direct_stories, next(pairs), 1, quota)
            else:
                group = next(groups)
                title = self._group_stories[group % len(self._group_stories)].title
                threads = tell(self._group_stories, group, len(TOPICS), quota)
            yield self._chat(kind, title, people, threads, age)

    def _talk(self, messages: int, chats: int) -> list[int]:
        """How many lines are talked in each conversation that has a name: as many as in any other chat."""
        share = messages // max(chats, 1)
        lines = [share if each.topic is not None else 0 for each in self._by_name]
        if lines and messages:
            lines[0] = max(share, 1) if self._plain else messages
        return lines

    def _chats_by_name(self, ages: Iterator[int]) -> Iterator[Chat]:
        told: dict[str, Chat] = {}
        for plan, posts, lines in zip(self._by_name, self._posts, self._lines, strict=True):
            age = next(ages) if plan.age is None else plan.age
            chat = self._chat_by_name(plan, plan.posts[len(plan.posts) - posts :], lines, age)
            if not told:
                _document(chat, self._owner, self._member)
            if plan.kind == "thread":
                chat.thread = _begun_in(told, plan, chat)
            for seat, unread in zip(chat.participants, self._unread(plan), strict=False):
                if unread and chat.messages:
                    seat.read = max(0, len(chat.messages) - unread)
            told.setdefault(plan.name, chat)
            yield chat

    def _chat_by_name(self, plan: Conversation, posts: Sequence[Post], lines: int, age: int) -> Chat:
        core = {OWNER: self._owner, MEMBER: self._member}
        people: dict[Who, UserId] = {who: core[who] for who in plan.people}
        others = self._some_others(plan.others) if plan.others else []
        joined = [*people.values(), *others]
        people.update(enumerate(others * _MENTIONED_OTHERS))
        stories, oldest = self._group_stories, age
        messages: list[Message] = []
        if plan.topic is not None:
            threads = tell(stories, plan.topic + len(TOPICS) * plan.story, len(TOPICS), lines)
            messages, oldest = self._history(threads, joined, joined, age)
            for message in messages[2::5]:
                self._react(message, {":thumbsup:": joined[-1:]})
        messages += self._posted(posts, people, age)
        messages.sort(key=lambda message: message.time)
        oldest = max([oldest, *(age + post.age for post in posts)])
        number = next(self._chat_numbers)
        chat_id = f"CT_{number}_{self._organisation}{_ID_ENDS[plan.kind].format(number)}"
        chat = Chat(
            ChatId(chat_id),
            plan.kind,
            creator=joined[0],
            created=self._moment(oldest + 60),
            participants=[Participant(user) for user in joined],
            messages=messages,
            name=plan.name,
            modified=messages[0].time if messages else None,
            bot=plan.about if plan.kind == "bot" else None,
        )
        if plan.kind == "channel":
            chat.channel = Channel(
                unique_name=plan.name.lower(),
                level=plan.level,
                description=plan.about,
                status="archived" if plan.is_archived else "created",
                roles={people[who]: role for who, role in plan.roles.items()},
                bots=[*plan.bots],
            )
        return chat

    def _posted(self, posts: Sequence[Post], people: Mapping[Who, UserId], age: int) -> list[Message]:
        """The messages of these posts."""
        messages: list[Message] = []
        for number, post in enumerate(posts):
            time = self._moment(age + post.age)
            message_id = MessageId(f"{time}_{next(self._message_numbers)}")
            message = Message(message_id, sender(post.by, people), post.text, time)
            message.bot = look_of(BOTS[post.by]) if isinstance(post.by, str) and post.by in BOTS else None
            if post.card is not None or post.slides is not None:
                message.type = "card"
            message.card = None if post.card is None else dict(post.card)
            message.slides = None if post.slides is None else [*post.slides]
            message.buttons = None if post.buttons is None else [*post.buttons]
            if post.answers is not None and post.answers <= number:
                message.reply_to = messages[number - post.answers].id
            if post.adds:
                added = dict.fromkeys(people[who] for who in post.adds)
                message.type, message.info = "info", Info("user_added", [*added])
            if post.picture is not None:
                chart = bar_chart([(week + 1 + self._roll()) / 9 for week in range(8)])
                message.type, message.text = "file", ""
                message.file = File(post.picture, "image/png", chart, comment=post.text)
            reactions = post.reactions.items()
            self._react(message, {emoji: [people[who] for who in whose] for emoji, whose in reactions})
            messages.append(message)
        return messages

    def _react(self, message: Message, reactions: Mapping[str, Sequence[UserId]]) -> None:
        """Let people react to a message, within minutes."""
        for emoji, people in reactions.items():
            entries = (
                f"{min(message.time + 60_000 * minutes, self._end)}:{user}:{self._names[user]}"
                for minutes, user in enumerate(dict.fromkeys(people), start=1)
            )
            message.reactions = {**(message.reactions or {}), emoji: [*entries]}

    def _unread(self, plan: Conversation) -> list[int]:
        """How many messages each of the first people in it has not read."""
        own = dict(zip((OWNER, MEMBER), plan.unread, strict=True))
        return [own[who] for who in plan.people]

    def _ages(self, chats: int) -> Iterator[int]:
        """The age of each chat's newest message: in no order of time, each in a second of its own."""
        for rank in _shuffled(chats):
            age = _NEWEST_LISTED_AGE + 2 * rank + _CHATS_SPAN * rank**2 // chats**2
            until_next = 2 + _CHATS_SPAN * (2 * rank + 1) // chats**2
            yield age + int(until_next * self._roll())

    def _ages_of_models(self, models: int) -> Iterator[int]:
        """The same for the models: all in one week, before those of the others, so that copies may be weeks apart."""
        weeks = 1 + (_NEWEST_LISTED_AGE + 2 * self._plain + _CHATS_SPAN) // _WORKING_WEEK
        for rank in _shuffled(models):
            until_next = _WORKING_WEEK // models
            yield weeks * _WORKING_WEEK + until_next * rank + int(until_next * self._roll())

    def _circles(self) -> Iterator[tuple[ChatType, list[UserId]]]:
        """The type and the people of one chat after another, without end. The owner stands first."""
        owner, member, others, roll = self._owner, self._member, self._others, self._roll
        owner_pairs = iter([owner, other] for other in (member, *others))
        other_pairs = _pairs([member, *others])
        kinds = chain(self._random.sample(_FIRST_KINDS, len(_FIRST_KINDS)), self._rounds_of(_KINDS))
        for number, (kind, has_owner, has_member) in enumerate(kinds):
            core = [owner] * has_owner + [member] * has_member
            if kind == "channel":
                yield kind, core + self._some_others(4 + int(12 * roll()))
                continue
            may_be_dm = kind == "dm" and number < self._plain
            pair = next(owner_pairs if has_owner else other_pairs, None) if may_be_dm else None
            # Where every two people have their dm already, the next one becomes a group; a model is always one.
            yield ("chat", core + self._some_others(2 + int(9 * roll() * roll()))) if pair is None else ("dm", pair)

    def _some_others(self, how_many: int) -> list[UserId]:
        """So many of the others, or all if there are fewer: a fixed step round the table, cheaper than a sample."""
        there_are = len(self._others)
        how_many = min(how_many, there_are)
        start = int(there_are * self._roll())
        step = 1 + int(there_are // how_many * self._roll())
        return self._twice_round[start : start + how_many * step : step]

    def _quotas(self, messages: int, chats: int) -> Iterator[int]:
        """How many of so many messages each of so many chats has: all of them together."""
        all_weight = self._weight_of(chats)
        weight = given = 0
        # The odd ones first: what follows is whole rounds, whose sum is known in whatever order each goes.
        odd_ones = self._weights[: chats % len(self._weights)]
        for share in islice(chain(odd_ones, self._rounds_of(self._weights)), chats):
            weight += share
            due = messages * weight // all_weight
            yield due - given
            given = due

    def _weight_of(self, chats: int) -> int:
        rounds, odd_ones = divmod(chats, len(self._weights))
        return rounds * sum(self._weights) + sum(self._weights[:odd_ones])

    def _rounds_of(self, choices: Sequence[_Value]) -> Iterator[_Value]:
        """All of these in one order, then all in another, without end."""
        while True:
            yield from self._random.sample(choices, len(choices))

    def _chat(self, kind: ChatType, title: str, people: list[UserId], threads: list[Thread], age: int) -> Chat:
        joined = people[:-1] if len(people) > _SMALLEST_GROUP and next(self._has_left) else people
        first = int(len(joined) * self._roll())
        joined = joined[first:] + joined[:first]
        participants = list(map(Participant, joined, *self._other_habits))
        messages, age = self._history(threads, people, joined, age)
        if people[0] is self._owner:
            own = participants[-first % len(joined)] = next(map(Participant, [self._owner], *self._owner_habits))
            unread = next(self._owner_unread)
            own.read = max(0, len(messages) - unread) if unread else None
        number = next(self._chat_numbers)
        chat = Chat(
            ChatId(f"CT_{number}_{self._organisation}" if kind == "channel" else str(number)),
            kind,
            creator=joined[0],
            created=self._moment(age + 300 + int(20_000 * self._roll()) if messages else age),
            participants=participants,
            messages=messages,
            name=title,
            modified=messages[0].time if messages and kind != "dm" else None,
        )
        has_pin = next(self._has_pin)
        if messages and has_pin:
            pinned = messages[int(len(messages) * self._roll())]
            when = EpochMs(min(pinned.time + 20_000 + int(3_600_000 * self._roll()), self._end))
            chat.pin = Pin(pinned.id, joined[-1], when, when, next(self._expiries))
        return chat

    def _history(
        self, threads: list[Thread], people: list[UserId], joined: list[UserId], age: int
    ) -> tuple[list[Message], int]:
        """The messages of these threads, the newest of that age, and the age of the oldest.

        Made backwards from the newest. Who has left the chat may speak in all threads but that one.
        """
        messages: list[Message] = []
        roll, pace, pause, moment = self._roll, self._pace, self._pause, self._moment
        speakers = joined
        for thread in reversed(threads):
            first = int(len(speakers) * roll())
            cast = speakers[first:] + speakers[:first]
            for speaker, words, names_cast, bot in reversed(thread):
                text = self._naming(cast, words) if names_cast else words
                time = moment(age, 1 + int(999 * roll()))
                message_id = MessageId(f"{time}_{next(self._message_numbers)}")
                sender = cast[speaker % len(cast)]
                messages.append(Message(message_id, sender, text, time, None, None, "text", True if bot else None, bot))
                age += 4 + int(pace * roll() * roll())
            age += int(pause * roll())
            speakers = people
        messages.reverse()
        return messages, age

    def _moment(self, age: int, milliseconds: int = 0) -> EpochMs:
        """The moment so many working seconds before the last Friday evening; an older age is an earlier moment."""
        working_days = age // _WORKING_DAY
        days = working_days + 2 * (working_days // 5)  # over a weekend for every five of them
        return EpochMs(self._evening - (86_400 * days + age % _WORKING_DAY) * 1000 + milliseconds)

    def _naming(self, cast: list[UserId], words: str) -> str:
        """The words, with the first names of those that they name."""
        return words.format_map({letter: self._first_names[user] for letter, user in zip("ABC", cast, strict=False)})


def _document(chat: Chat, owner: UserId, member: UserId) -> None:
    """Make this the channel of the reference's pin examples."""
    chat.id = ChatId("CT_2243173626687865223_P87610291-C4")
    chat.aliases = ["987000000654321"]
    chat.name = "Marketing"
    chat.created = EpochMs(1_573_574_400_000)  # the day before its first message
    chat.modified = None
    chat.messages[:0] = [
        Message(message_id, sender, text, time, modified=modified)
        for sender, (message_id, text, time, modified) in zip((member, owner), _DOCUMENTED, strict=True)
    ]
    chat.pin = Pin(_DOCUMENTED[0][0], owner, created=_DOCUMENTED_PIN, modified=_DOCUMENTED_PIN)


def _begun_in(told: Mapping[str, Chat], plan: Conversation, thread: Chat) -> ThreadOf:
    """Where a thread began: with the message of its name, or with whatever was the newest before it.

    A world of few messages may have none before it in that channel: then it is the reference's, which is always there.
    """
    for chat in (told[plan.about], next(iter(told.values()))):
        before = [message for message in chat.messages if message.time < thread.created]
        if before:
            named = (message for message in before if message.text.startswith(plan.name))
            return ThreadOf(chat.id, next(named, before[-1]).id)
    raise AssertionError("the reference's channel has messages")


def _dealt(wanted: Sequence[int], there_are: int) -> list[int]:
    """How many each one gets of what it wants, the first ones first."""
    dealt = []
    for want in wanted:
        dealt.append(min(want, there_are))
        there_are -= dealt[-1]
    return dealt


def _shuffled(count: int) -> Iterator[int]:
    """The numbers below this one, each once, by a wide stride."""
    stride = 1 + count * 618 // 1000
    while gcd(stride, count) > 1:
        stride += 1
    for number in range(count):
        yield number * stride % count


def _scattered(digits: int, start: int) -> Iterator[int]:
    """Numbers of so many digits, in no visible order and no two alike, until all have been met."""
    smallest: int = 10 ** (digits - 1)
    many = 9 * smallest
    while True:
        # The step has no divisor in common with 9 * 10**n, so that every remainder comes up before one comes again.
        start = (start + 618_033_988_749_894_847) % many
        yield smallest + start


def _ascending(digits: int, start: int) -> Iterator[int]:
    """Numbers of so many digits that grow by uneven steps: in their order a big world is written to its tables."""
    number: int = 2 * 10 ** (digits - 1) + start % 10 ** (digits - 2)
    while True:
        number += 1_000_003 + number * 7_919 % 999_983
        yield number


def _pairs(people: list[UserId]) -> Iterator[list[UserId]]:
    """Every two of these people, once each: all neighbours at a round table first, then ever more distant ones."""
    for number in range(len(people) * (len(people) - 1) // 2):
        distance, place = divmod(number, len(people))
        yield [people[place], people[(place + distance + 1) % len(people)]]


def _one_in(turns: int) -> Iterator[bool]:
    """True once in every so many turns."""
    return cycle([turn == turns // 2 for turn in range(turns)])


def _now_and_then(turns: int, values: Sequence[_Value]) -> Iterator[_Value | None]:
    """The next of these values once in every so many turns, and otherwise None."""
    return cycle([value if turn == turns // 2 else None for value in values for turn in range(turns)])
