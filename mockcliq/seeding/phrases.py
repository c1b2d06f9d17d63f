"""What the people of the demo world talk about: stories told from `phrases.txt`, with names and numbers by Faker.

A *story* is what one conversation is about: its title and its threads, all of the same customer, release and city. In
the file a line that begins with ``==`` heads a topic and lists its titles; below it a line is ``speaker: words``, and a
blank line ends a thread. A, B and C are whoever is in the chat (``{B}`` in a line is B's first name); any other speaker
is a bot. Every other ``{slot}`` is one of `_SLOTS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from faker.generator import Generator
from faker.providers import BaseProvider
from faker.providers.company.en_US import Provider as CompanyProvider
from faker.providers.person.en_US import Provider as PersonProvider

from mockcliq.contract.document import Bot

MAIL_DOMAIN = "zylker.example"
"""The organisation's domain; ``.example`` is reserved, so that no address is real."""


class Line(NamedTuple):
    """One message of a thread: who of its cast says it (0 is A), and whether the words name one of the cast."""

    speaker: int
    text: str
    names_cast: bool
    bot: Bot | None


Thread = list[Line]


class Story(NamedTuple):
    """A conversation's title and its threads, the oldest first."""

    title: str
    threads: list[Thread]


class Topic(NamedTuple):
    """Titles and threads that belong together."""

    titles: tuple[str, ...]
    threads: tuple[Thread, ...]


_Choice = TypeVar("_Choice")

_THREADS_OF_A_TOPIC = 12
_THREADS_OF_ANY_GROUP = 2
_LASTING_SLOTS = ("city", "customer", "feature", "quarter", "service", "version")
"""Slots with one value throughout a story: a group named after a release talks about that release."""


def office_talk(seed: str) -> OfficeTalk:
    """The talk of an office, made by a Faker generator of its own, which shares no state with any other."""
    generator = Generator()
    generator.seed_instance(seed)
    for provider in (PersonProvider, CompanyProvider):
        generator.add_provider(provider(generator))
    return OfficeTalk(generator)


def tell(stories: list[Story], number: int, step: int, lines: int) -> list[Thread]:
    """So many lines of the story of that number, then of every step-th story after it; the newest thread may be cut."""
    first, place = divmod(number, len(stories))  # when all the stories have been told, each begins elsewhere
    told: list[Thread] = []
    while lines > 0:
        threads = stories[place % len(stories)].threads
        for turn in range(first, first + len(threads)):
            told.append(threads[turn % len(threads)][:lines])
            lines -= len(told[-1])
            if lines <= 0:
                break
        place += step
    return told


class OfficeTalk(BaseProvider):
    """Stories and drafts, each as Faker's generator has it."""

    def stories(self, count: int, topics: Sequence[Topic]) -> list[Story]:
        """So many stories, taking turns at the topics, with no title twice before a topic's titles are used up."""
        titles = [self._some(topic.titles, len(topic.titles)) for topic in topics]
        stories = []
        for number in range(count):
            turn, place = divmod(number, len(topics))
            stories.append(self._story(titles[place][turn % len(titles[place])], topics[place]))
        return stories

    def drafts(self, count: int) -> list[str]:
        """So many messages that are begun and not sent."""
        return [_Facts(self).fill(draft) for draft in self._some(_DRAFTS, count)]

    def slot(self, name: str) -> str:
        make = _SLOTS[name]
        return make(self) if callable(make) else self.one_of(*make)

    def one_of(self, *choices: str) -> str:
        return choices[self.random_int(0, len(choices) - 1)]

    def _some(self, choices: Sequence[_Choice], count: int) -> list[_Choice]:
        return list(self.random_elements(choices, length=count, unique=True))

    def _story(self, title: str, topic: Topic) -> Story:
        lasting = {slot: self.slot(slot) for slot in _LASTING_SLOTS}
        threads = self._some(topic.threads, min(len(topic.threads), _THREADS_OF_A_TOPIC))
        if topic is not DIRECT:
            threads += self._some(_ANYWHERE.threads, _THREADS_OF_ANY_GROUP)
            threads = self._some(threads, len(threads))
        return Story(_Facts(self, lasting).fill(title), [self._told(thread, lasting) for thread in threads])

    def _told(self, thread: Thread, lasting: dict[str, str]) -> Thread:
        facts = _Facts(self, lasting)
        return [line._replace(text=facts.fill(line.text)) for line in thread]


class _Facts(dict[str, str]):
    """What a thread's slots stand for: made when first met, the same for the rest of the thread."""

    def __init__(self, talk: OfficeTalk, lasting: dict[str, str] | None = None) -> None:
        # The cast's names stay slots: the same thread is told in many chats.
        super().__init__(lasting or {}, A="{A}", B="{B}", C="{C}")
        self._talk = talk

    def __missing__(self, slot: str) -> str:
        return self.setdefault(slot, self._talk.slot(slot))

    def fill(self, text: str) -> str:
        """The text, its first letter a capital even where a slot's value begins it."""
        filled = text.format_map(self)
        return filled[:1].upper() + filled[1:]


_SLOTS: dict[str, Callable[[OfficeTalk], str] | tuple[str, ...]] = {
    "amount": lambda talk: f"${talk.random_int(8, 480) * 25:,}",
    "city": ("Lisbon", "Porto", "Chennai", "Austin", "Utrecht", "Dublin", "Berlin", "Kyoto", "Milan"),
    "colleague": lambda talk: str(talk.generator.format("first_name")),
    "count": lambda talk: str(talk.random_int(3, 48)),
    "customer": lambda talk: str(talk.generator.format("company")),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "dish": ("ramen", "tacos", "the dosa place", "pizza", "the salad bar", "dumplings", "falafel"),
    "feature": (
        "bulk import", "dark mode", "guest access", "the new search", "the export scheduler", "two-step login",
        "the audit log", "offline mode", "the mobile editor", "the shared calendar", "voice input",
    ),
    "later": lambda talk: f"{talk.random_int(2, 5)}:{talk.one_of('00', '15', '30', '45')} pm",
    "minutes": lambda talk: str(talk.random_int(2, 9) * 5),
    "page": lambda talk: f"https://wiki.{MAIL_DOMAIN}/p/{talk.random_int(1000, 9999)}",
    "percent": lambda talk: f"{talk.random_int(3, 38)}%",
    "quarter": ("Q1", "Q2", "Q3", "Q4"),
    "room": ("Banyan", "Cedar", "Juniper", "Maple", "Olive", "the small room", "the 3rd-floor lounge"),
    "service": (
        "checkout", "sign-in", "the search index", "webhook delivery", "the billing job", "the upload service",
        "the mail relay", "the push gateway",
    ),
    "ticket": lambda talk: f"#{talk.random_int(1200, 9800)}",
    "time": lambda talk: f"{talk.random_int(9, 11)}:{talk.one_of('00', '15', '30', '45')} am",
    "version": lambda talk: f"{talk.random_int(2, 9)}.{talk.random_int(0, 14)}",
}  # fmt: skip
"""What a slot stands for: one of several words, or how to make it."""


def _topic(section: str) -> Topic:
    heading, _, text = section.partition("\n")
    threads = tuple([_line(line) for line in thread.splitlines()] for thread in text.strip().split("\n\n"))
    return Topic(tuple(heading.split(" | ")), threads)


def _line(line: str) -> Line:
    speaker, _, text = line.partition(": ")
    names_cast = re.search(r"\{[ABC]\}", text) is not None
    if speaker in ("A", "B", "C"):
        return Line("ABC".index(speaker), text, names_cast, None)
    image = f"https://img.{MAIL_DOMAIN}/bots/{speaker.lower().replace(' ', '-')}.png"
    return Line(0, text, names_cast, Bot(speaker, image))


_topics, _, _drafts = Path(__file__).with_name("phrases.txt").read_text("utf-8").partition("\n== drafts\n")
_ANYWHERE, DIRECT, *TOPICS = map(_topic, _topics.removeprefix("== ").split("\n== "))
_DRAFTS = _drafts.splitlines()
