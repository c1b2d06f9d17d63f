"""What the people of the demo world talk about: a Faker provider with an office's own material.

A *story* is what one conversation is about: its title and its threads, all of the same customer, release and city. The
material is plain text: a line is ``speaker: words``, and a blank line ends a thread. A, B and C are whoever is in the
chat (``{B}`` in a line is B's first name); any other speaker is a bot. Every other ``{slot}`` is a method of the
provider, most of which choose from a list and some of which ask Faker's own providers.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from faker.generator import Generator
from faker.providers import BaseProvider
from faker.providers.company.en_US import Provider as CompanyProvider
from faker.providers.person.en_US import Provider as PersonProvider

from mockcliq.document import Bot

MAIL_DOMAIN = "zylker.example"
"""The organisation's domain; ``.example`` is reserved, so that nothing made here is anybody's."""


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
    threads: str


_THREADS_OF_A_TOPIC = 12
_THREADS_OF_ANY_GROUP = 2
_LASTING_SLOTS = ("city", "customer", "feature", "quarter", "service", "version")
"""Slots with one value throughout a story: a group named after a release talks about that release."""


def office_talk(seed: str) -> OfficeProvider:
    """The provider below on a Faker generator of its own, which shares no state with any other."""
    generator = Generator()
    generator.seed_instance(seed)
    talk = OfficeProvider(generator)
    for provider in (PersonProvider(generator), CompanyProvider(generator), talk):
        generator.add_provider(provider)
    return talk


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


class OfficeProvider(BaseProvider):
    """The slots of an office's talk, and whole stories of it."""

    def amount(self) -> str:
        """A sum of money."""
        return f"${self.random_int(8, 480) * 25:,}"

    def city(self) -> str:
        """A city with an office, or with a good reason to meet there."""
        return self._one_of("Lisbon", "Porto", "Chennai", "Austin", "Utrecht", "Dublin", "Berlin", "Kyoto", "Milan")

    def colleague(self) -> str:
        """The first name of somebody who need not be in the chat."""
        return str(self.generator.format("first_name"))

    def count(self) -> str:
        """How many of something, more than a few."""
        return str(self.random_int(3, 48))

    def customer(self) -> str:
        """A company that buys from us."""
        return str(self.generator.format("company"))

    def day(self) -> str:
        """A working day."""
        return self._one_of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")

    def dish(self) -> str:
        """Something to eat together."""
        return self._one_of("ramen", "tacos", "the dosa place", "pizza", "the salad bar", "dumplings", "falafel")

    def feature(self) -> str:
        """A part of the product, as its team calls it."""
        return self._one_of(
            "bulk import", "dark mode", "guest access", "the new search", "the export scheduler", "two-step login",
            "the audit log", "offline mode", "the mobile editor", "the shared calendar", "voice input",
        )  # fmt: skip

    def later(self) -> str:
        """A time of the afternoon."""
        return f"{self.random_int(2, 5)}:{self._one_of('00', '15', '30', '45')} pm"

    def minutes(self) -> str:
        """A short while, in minutes."""
        return str(self.random_int(2, 9) * 5)

    def page(self) -> str:
        """The address of a page of our wiki."""
        return f"https://wiki.{MAIL_DOMAIN}/p/{self.random_int(1000, 9999)}"

    def percent(self) -> str:
        """A share of something."""
        return f"{self.random_int(3, 38)}%"

    def quarter(self) -> str:
        """A quarter of the year."""
        return self._one_of("Q1", "Q2", "Q3", "Q4")

    def room(self) -> str:
        """A meeting room."""
        return self._one_of("Banyan", "Cedar", "Juniper", "Maple", "Olive", "the small room", "the 3rd-floor lounge")

    def service(self) -> str:
        """Something of ours that runs, and may stop running."""
        return self._one_of(
            "checkout", "sign-in", "the search index", "webhook delivery", "the billing job", "the upload service",
            "the mail relay", "the push gateway",
        )  # fmt: skip

    def ticket(self) -> str:
        """The number of a ticket."""
        return f"#{self.random_int(1200, 9800)}"

    def time(self) -> str:
        """A time of the morning."""
        return f"{self.random_int(9, 11)}:{self._one_of('00', '15', '30', '45')} am"

    def version(self) -> str:
        """The number of a release."""
        return f"{self.random_int(2, 9)}.{self.random_int(0, 14)}"

    def stories(self, count: int, topics: tuple[Topic, ...]) -> list[Story]:
        """So many stories, taking turns at the topics, with no title twice before a topic's titles are used up."""
        titles = [self.random_elements(topic.titles, length=len(topic.titles), unique=True) for topic in topics]
        stories = []
        for number in range(count):
            turn, place = divmod(number, len(topics))
            stories.append(self._story(titles[place][turn % len(titles[place])], topics[place]))
        return stories

    def drafts(self, count: int) -> list[str]:
        """So many messages that somebody has begun and not sent."""
        return [
            _Facts(self.generator).fill(draft) for draft in self.random_elements(_DRAFTS, length=count, unique=True)
        ]

    def _story(self, title: str, topic: Topic) -> Story:
        lasting = {slot: str(self.generator.format(slot)) for slot in _LASTING_SLOTS}
        own = _read(topic.threads)
        threads = [*self.random_elements(own, length=min(len(own), _THREADS_OF_A_TOPIC), unique=True)]
        if topic is not DIRECT:
            threads += self.random_elements(_read(_ANYWHERE), length=_THREADS_OF_ANY_GROUP, unique=True)
            threads = [*self.random_elements(threads, length=len(threads), unique=True)]
        return Story(_Facts(self.generator, lasting).fill(title), [self._told(thread, lasting) for thread in threads])

    def _told(self, thread: Thread, lasting: dict[str, str]) -> Thread:
        facts = _Facts(self.generator, lasting)
        return [line._replace(text=facts.fill(line.text)) for line in thread]

    def _one_of(self, *choices: str) -> str:
        return choices[self.random_int(0, len(choices) - 1)]


class _Facts(dict[str, str]):
    """What a thread's slots stand for: made by Faker when first met, the same for the rest of the thread."""

    def __init__(self, generator: Generator, lasting: dict[str, str] | None = None) -> None:
        # The cast's names stay slots: the same thread is told in many chats.
        super().__init__(lasting or {}, A="{A}", B="{B}", C="{C}")
        self._generator = generator

    def __missing__(self, slot: str) -> str:
        return self.setdefault(slot, str(self._generator.format(slot)))

    def fill(self, text: str) -> str:
        """The text, its first letter a capital even where a slot's value begins it."""
        filled = text.format_map(self)
        return filled[:1].upper() + filled[1:]


@cache
def _read(text: str) -> tuple[Thread, ...]:
    """The threads of a piece of the material."""
    return tuple([_line(line) for line in block.splitlines()] for block in re.split(r"\n\s*\n", text.strip()))


def _line(line: str) -> Line:
    speaker, _, text = line.partition(": ")
    names_cast = re.search(r"\{[ABC]\}", text) is not None
    if speaker in ("A", "B", "C"):
        return Line("ABC".index(speaker), text, names_cast, None)
    image = f"https://img.{MAIL_DOMAIN}/bots/{speaker.lower().replace(' ', '-')}.png"
    return Line(0, text, names_cast, Bot(speaker, image))


_ANYWHERE = """
A: Can we move tomorrow's meeting to {later}? I have a dentist appointment in the morning
B: Works for me
C: Me too, {room} is free then
A: Perfect, I have updated the invite. Thank you!

Calendar Bot: Reminder: this group meets in {room} in {minutes} minutes
B: Joining remotely today, train is late
A: No problem {B}, the link is in the invite

A: I wrote up the notes from {day}: {page}
B: Thanks! One correction, the deadline is at {later}, not in the morning
A: Fixed, good catch
C: Very helpful, thank you {A} 🙏

A: Quick vote: weekly update as a call, or in writing?
B: In writing please
C: Writing, and a call only when something is on fire
A: Writing it is. I'll post the template on {day}

A: {colleague} is joining us from {day}, please say hello
B: Welcome {colleague}! 🎉
C: Welcome aboard! Ask us anything

A: Who can take minutes today?
C: I can, I have not had a turn for weeks
A: Thank you {C}!

A: I'm out on {day} afternoon, {B} covers for me
B: Yes, all set. Enjoy the time off
C: Have a good one {A}
"""

DIRECT = Topic(
    ("",),
    """
A: Hi {B}, do you have {minutes} minutes today?
B: Sure, after {time} works. What is it about?
A: The numbers for {customer}, I cannot make them add up
B: Ah, that sheet. Bring coffee ☕

A: Did you get a chance to look at my draft?
B: Halfway through. The first part is great, I left two comments on the second
A: Thank you, I'll go through them this afternoon

A: Lunch at 11:30? Thinking of {dish}
B: A bit early for me, 12:30?
A: Deal. See you downstairs

A: Could you review {ticket} when you have a moment? It is small
B: Looking now
B: Approved, with one question about the naming
A: Good point, renamed it. Merging, thank you!

A: Are you still coming to {city} next month?
B: Yes! Flights are booked, arriving {day} evening
A: Great, I'll add you to the dinner

A: {customer} asked for you on the call at {later}. Can you make it?
B: Yes. Anything I should read before?
A: Just the last page of {page}
B: Done, see you there

A: Happy birthday {B}! 🎂
B: Thank you so much 😊
A: There is cake in the kitchen, do not let the sales team find it first

A: I need to leave at {later} today to pick up my daughter
B: Of course, go. Anything to hand over?
A: Only {ticket}, the notes are in the ticket
B: Got it

A: Where do we keep the {quarter} forecast?
B: Here: {page}, second tab
A: Found it, thanks

A: My laptop makes a noise like a small aeroplane
B: That is the fan. Open a ticket and mention {ticket}, same model as mine
A: Done. They will swap it on {day}

A: Heads up: I told {colleague} we can ship {feature} by {day}
B: Tight, but fine if the texts arrive tomorrow
A: I'll make sure they do

A: Your talk was excellent. Are the slides shared?
B: Thank you! Here they are: {page}
A: Sending them to the whole team

A: Do you remember the password policy? Is it 12 or 14 characters?
B: 14, and use the password manager please 🙂
A: I do, I do

A: Can I book {day} off? My brother is visiting
B: Sure, put it in the calendar and {colleague} will approve it
A: Done, thank you {B}

A: The customer in {city} signed!
B: No way! Congratulations, that was a long one
A: Eleven weeks. I'm buying the next round of {dish}

A: Is the staging server slow for you too?
B: Yes, since {time} or so, when {service} was redeployed
A: OK, so it is not my branch then

A: I'm in {room}, did we swap rooms?
B: Yes sorry, we are in the library today. Come over
A: On my way

A: What do you think about moving our one-to-one to {day}?
B: {day} at {time} is good
A: Moved. Talk then!

A: Small thing: the invoice for {customer} says {amount}, the contract says something else
B: Thanks for spotting it. The discount is missing, I'll send a new one
A: 👍

A: Could you translate one sentence into Portuguese for me?
B: If it is short, yes
A: "Your trial ends on {day}"
B: Give me five minutes, I want the tone right

A: How was the holiday?
B: Wonderful. Four days without opening the laptop
A: A record! Welcome back

A: I added you to the group about {feature}
B: Thanks, catching up on {count} messages now
A: Only the last three matter 😄

A: Are we still on for the demo at {later}?
B: Yes, I'll share my screen and you do the talking
A: As always

A: Did the parcel with the badges arrive?
B: At reception since {day}
A: You are a star
""",
)

TOPICS = (
    Topic(
        (
            "Marketing weekly", "Newsletter {quarter}", "Launch plan: {feature}", "Website relaunch", "Event {city}",
            "Brand and press", "Social media desk", "Webinar: {feature}",
        ),
        """
A: The newsletter goes out on {day} at {time}. Who reads it once more?
B: Me. The second link points to the old page
A: Fixed, thank you
C: The subject line made me smile, keep it

A: Sign-ups are up {percent} since the new front page
B: The shorter form did it
A: Let's test an even shorter one from {day}

A: We need a quote from {customer} for the launch of {feature}
C: I asked them, they send one by {day}
A: Great, the page has a gap exactly that long
C: Here it is: "It simply works, and our teams noticed"

A: The stand in {city} is booked, {amount} with furniture
B: How many of us go?
A: Four, plus whoever carries the stickers
C: I carry the stickers

A: Title for the webinar about {feature}: any ideas?
B: "All about {feature} in {minutes} minutes"
A: Simple. Taken!

A: A journalist from {city} wants to talk about {feature}
B: I can do {day} at {later}
A: Booked, and I'll send you the questions before

CRM Bot: {count} new leads from the webinar
A: More than last time!
B: Passing them to sales. Follow-up mail goes out on {day}
""",
    ),
    Topic(
        (
            "Release {version} go-live", "Release {version} readiness", "Release train {quarter}", "{version} bug bash",
            "Ship room {version}", "Beta {version} feedback", "Hotfix {version}.1", "Changelog and docs {version}",
        ),
        """
A: What is still open for {version}?
B: {count} tickets, two of them blockers: {ticket} and the migration
C: The migration is done since this morning, only the rollback test is missing
A: So one blocker. {B}, can you close {ticket} by {day}?
B: Yes, the fix is in review

Build Bot: Build {version}.{count} passed on main, {minutes} min
A: Green at last 🎉
B: Tagging {version} now
C: Release notes are ready: {page}

A: Do we ship {feature} in {version} or hold it back?
B: The tests have been stable for a week. I'd ship it behind the flag
C: Agreed, {percent} of users first, then everybody on {day}
A: Good, let's do that

A: Go or no-go for {version}?
B: Go from QA
C: Go from support, the help pages are live
A: Then it is a go. Starting at {time}

Deploy Bot: {version} is live in {city}
A: Watching the graphs, looks calm so far
B: Error rate unchanged after {minutes} minutes
A: Rolling out to the other regions. Thanks everyone!

A: Code freeze for {version} is {day}, {later}
B: Is {ticket} still allowed in?
A: If it is reviewed by then, yes
B: It will be

A: Somebody changed the version in the footer by hand
C: That was me, sorry. I opened {ticket} so that the build does it
A: No harm done, thank you {C}
""",
    ),
    Topic(
        (
            "Incident: {service}", "On-call handover", "Post-mortem: {service}", "Monitoring and alerts", "SRE corner",
            "Capacity planning {quarter}", "Status page updates", "Latency of {service}",
        ),
        """
Status Bot: {service} answers slowly in {city}: p95 > 900 ms
A: Looking
B: Database connections are at the limit since {time}
A: Raised the pool and restarted one node
B: p95 is back to 180 ms
A: I'll keep watching for {minutes} minutes, then close it

A: Customers report errors with {service}
C: Confirmed, about {percent} of the requests fail
B: It started with the last deploy. Rolling back
B: Rolled back, errors are gone
A: Thank you. Post-mortem on {day} at {time}

A: Handover: a quiet week, {count} alerts, one of them real
B: Which one?
A: Disk on the log server, {ticket}. It is cleaned up, the bigger disk arrives {day}
B: Got it, taking the pager now

A: The alert for {service} fires every night at the same time
B: That is the backup. Let's raise the threshold during that hour
C: Or move the backup, it is only {minutes} minutes
A: Moving the backup is nicer. I'll do it on {day}

A: Draft of the post-mortem: {page}
B: I'd add that the alert came {minutes} minutes after the first customer
A: True and embarrassing. Added
C: Action items have owners now as well

A: Planned maintenance of {service} on {day} from {time}
B: Status page is scheduled
A: Expected downtime below {minutes} minutes
C: Support knows, thanks for the early notice

A: Certificate for {service} expires in {count} days
B: The renewal runs by itself, but I'll check it
B: Renewed, {ticket} closed
""",
    ),
    Topic(
        (
            "Design review: {feature}", "{feature}: texts and icons", "UX research {quarter}", "Design system",
            "Accessibility club", "Prototype: {feature}", "Icon refresh", "Usability test {city}",
        ),
        """
A: New mock-ups for {feature}: {page}
B: I like the second one, much calmer
C: Same here. Is the button reachable with the keyboard?
A: Not yet, thanks. I'll fix that before the review

A: Review on {day} at {time} in {room}, please look at the prototype before
B: Will do
C: I can't make it, leaving my comments in the file
A: Thanks {C}, that helps a lot

A: {count} people took part in the usability test
B: And?
A: {percent} did not find the settings at first
B: So the gear icon has to move
A: Yes, top right, where they all looked first

A: Contrast of the grey text is too low, 3.1 to 1
C: Which shade do we need?
A: Two steps darker gives 4.9
C: Changed in the design system, everyone gets it with the next build

A: "Remove" or "Delete" in the menu?
B: Delete if it is gone forever, remove if one can add it again
A: Then it is Remove. Thank you

A: Can engineering build this animation without a library?
B: Yes, {minutes} lines of CSS or so
A: I was prepared for a longer discussion 😄
B: And we switch it off for people who prefer less motion

A: Feedback from {customer}: {feature} feels faster now
B: It is only the skeleton screen, it loads exactly as before
A: We take the compliment anyway
""",
    ),
    Topic(
        (
            "Invoices {quarter}", "Budget {quarter}", "Month-end close", "Procurement", "Travel expenses",
            "{customer} contract", "Payroll questions", "Audit {quarter}",
        ),
        """
A: The invoice for {customer} is still unpaid, {amount}
B: They changed their address, it came back on {day}
A: Could you send it again by mail?
B: Sent. They promise to pay this week

A: Budget for {quarter} is due on {day}
C: Marketing needs {amount} more for the event in {city}
A: Put it in the sheet with a sentence why, then it has a chance
C: Done: {page}

A: Who approved the order of {count} monitors?
B: Me, for the new floor. The ticket is {ticket}
A: Perfect, that is all I need for the books

A: Month-end close starts {day}, please hand in your receipts
B: Is a photo enough?
A: Yes, if one can read the amount
C: Mine are all in, for once 😇

A: {customer} asks for {percent} discount if they pay for two years
B: Half of that is what we gave others
A: I'll offer it and see
A: They said yes

A: The travel tool shows {amount} for {city}, is that right?
B: No, it counted the hotel twice. Fixing it
B: Corrected, please check again
A: Looks right now, thank you {B}

A: The auditors want to see {count} invoices from {quarter}
B: I'll export them tonight
C: They also need the purchase orders, shall I?
A: Yes please {C}
""",
    ),
    Topic(
        (
            "People ops", "Onboarding {quarter}", "Hiring: backend {city}", "Leave calendar", "Benefits questions",
            "Hiring: support team", "Mentoring circle", "Welcome crew",
        ),
        """
A: {colleague} starts on {day}. Is the laptop ready?
B: Yes, at reception, with a badge and a plant
C: I'm the buddy, lunch is booked
A: Lovely, thank you both

A: May I take leave from {day}? Five days
B: Approved. Who covers?
C: I do, we talked about it
A: Thank you, there is a page with everything: {page}

A: How was the interview with the candidate from {city}?
B: Very good, clear thinking and kind. I'd hire
C: Same from me. A bit less experience with databases
A: We can teach databases. I'll prepare the offer

A: Reminder: the survey closes on {day}, {percent} have answered
B: It took me {minutes} minutes, worth it
A: And it really is anonymous, we only see teams of more than five

A: Does the new policy count half days?
B: Yes, from next month, and you enter them in the same form
C: Finally! Thank you

A: We need {count} mentors for the next round
B: I'd do it again, last time was fun
C: Count me in
A: You are the best, the kick-off is on {day} in {room}

A: Fire drill today at {later}, please use the stairs
B: From home too?
A: Only if you feel like it 😄
""",
    ),
    Topic(
        (
            "{customer} rollout", "Customer calls {quarter}", "Support escalations", "{customer} renewal",
            "Feedback: {feature}", "Help centre", "VIP customers", "{customer} pilot",
        ),
        """
A: Call with {customer} at {later}. Anything new?
B: They are waiting for {feature}, and {ticket} is still open
A: Good to know, I'll bring it up before they do
B: Tell them {day}, it is fixed on staging

A: {customer} cannot sign in since {time}
B: Is it everyone or one person?
A: One team, {count} people
C: Their identity provider changed its certificate. Sending them the steps
A: They are in again. Thank you {C}!

Desk Bot: Ticket {ticket} from {customer} has waited {minutes} minutes for an answer
A: Mine, sorry. Writing now
A: Answered, they only needed the link to {page}

A: Nice words from {customer}: "the best support we ever had"
B: 😍
C: Framing this

A: How many seats did {customer} order in the end?
B: {count}, and {percent} more in {quarter} if all goes well
A: Excellent, updating the forecast

A: Three customers asked how to turn off {feature} this week
B: It is in the settings, but well hidden
A: Could we add it to the help page?
C: Written and published: {page}

A: The renewal for {customer} is on {day}
B: They want a price for {count} more people
A: {amount} for the year, as for the others
B: Sent, they will sign tomorrow
""",
    ),
    Topic(
        (
            "{city} offsite", "Lunch club", "Running group", "Board games {day}", "Office {city}", "Books and podcasts",
            "Coffee corner", "Summer party",
        ),
        """
A: Lunch today? I'm for {dish}
B: In!
C: Had that yesterday, but I come for the company
A: 12:30 downstairs then

A: Rooms for {city} are booked, {count} of them
B: Is there a train in the evening?
A: Yes, at {later}, I reserved a row for us
C: You thought of everything {A}

A: Who is in for board games on {day}?
B: Me, and I bring the one with the trains
C: Only if nobody explains the rules for {minutes} minutes again
A: No promises 😄

A: The coffee machine is back!
B: Best news of the week
C: It asks for descaling in {count} cups, just saying

A: Five kilometres on {day} after work, easy pace
B: Your easy pace is my sprint
A: We wait at every bridge
B: OK, convinced

A: Somebody left a blue umbrella in {room}
C: Mine! I'll pick it up at {time}
A: It is on the hook by the door

A: Vote for the summer party: boat or barbecue?
B: Boat
C: Barbecue, I get seasick on a bridge
A: A barbecue next to a boat it is
""",
    ),
    Topic(
        (
            "Daily stand-up", "{feature} team", "Roadmap {quarter}", "Platform guild", "Project Juniper",
            "{feature} planning", "API working group", "Data and reports",
        ),
        """
A: Stand-up in writing today: what is everyone on?
B: Yesterday {feature}, today its tests
C: Finished {ticket}, reviewing for {B} next. No blockers
A: I'm on the roadmap until {time}, then reviews. Have a good day!

A: Estimate for {feature}?
B: {count} points if we keep the old format, more if not
C: Let's keep the old format
A: Agreed, planning is on {day} at {time}

A: The report shows {percent} fewer exports, is that real?
B: No, the counter missed a day. Running it again
B: Correct numbers: {page}
A: Phew. Thank you {B}

A: Roadmap for {quarter}: {feature} first, then the API limits
C: Could the limits go first? {customer} is waiting for them
A: If {feature} can wait two weeks, yes
B: It can

A: Our own client got a 429 last night
B: It retried in a loop. I added a pause that grows
A: With jitter?
B: With jitter 🙂

A: Retro on {day}: one thing to keep, one to change
B: Keep the short stand-ups
C: Change the meeting after lunch, nobody is awake
A: Both noted

A: Does somebody know why {ticket} was closed?
C: It was a duplicate, the discussion goes on in the older one
A: Found it, thank you
""",
    ),
)  # fmt: skip

_DRAFTS = (
    "Hi all, a short summary of {day}:",
    "Could we talk about {ticket} before",
    "I think {feature} should wait until",
    "Thank you for the offer, I'd like to",
    "Sorry for the late answer, I was",
    "About the {amount} for {customer}:",
    "Three ideas for {city}: first,",
    "Numbers for {quarter}, still to be checked:",
    "Would {day} at {later} work for",
    "Not sure this is the right group, but",
    "@all please read {page} before",
    "Can somebody explain why {service}",
    "Before I forget: {ticket} is",
    "Good morning! I looked at {feature} and",
    "If {customer} agrees, we could",
    "Two questions about {page}",
)
