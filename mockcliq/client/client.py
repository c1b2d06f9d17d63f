"""The client: one world of one server."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from mockcliq.client.answers import At, Named, given, id_of, id_or_none, moment_or_none, read
from mockcliq.client.chats import Chats
from mockcliq.client.clock import Clock
from mockcliq.client.errors import Refused
from mockcliq.client.faults import Faults
from mockcliq.client.journal import Exchange, Journal
from mockcliq.client.limits import Limits
from mockcliq.client.people import OAuthClients, Token, Users
from mockcliq.client.server import ServerClient
from mockcliq.client.snapshots import Snapshots
from mockcliq.client.transport import LONG_S, Control, Transport, segment
from mockcliq.client.worlds import WorldAccess, Worlds, WorldState, document_or_text
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.version import DEFAULT_PORT

DEFAULT_URL = f"http://localhost:{DEFAULT_PORT}"

_TIMEOUT_S = 10.0
_GONE = 404


def connect(url: str = DEFAULT_URL, world: str | None = None, control_token: str | None = None) -> Client:
    """A client of a server that runs; nothing is asked of it yet, and ``wait`` waits for it.

    Args:
        url: Where the server is.
        world: The id of the world; ``default`` where none is given.
        control_token: The server's MOCKCLIQ_CONTROL_TOKEN, if it has one.
    """
    return Client(url, world=world, control_token=control_token)


class Client(ServerClient):
    """One world of one server: all that its control API can do, under the same names.

    As a context manager it ends in the end what it stands for: a world that ``worlds.create`` made is deleted, a server
    that ``start`` started is stopped, one that was connected to is left alone.

    Every method raises `NoServer` where nobody answers, and `Refused`, which says what to change, where the server
    refuses. A user is named by id or e-mail address, a chat by id; the objects given back do for either.

    Args:
        url: Where the server is, such as ``http://localhost:2547``.
        timeout_s: How many seconds an answer may take.
        world: The id of the world; ``default`` where none is given.
        control_token: What the server's control API asks for, if it does.

    Attributes:
        url: The server's base URL; clients find their world by their token.
        world_url: The base URL that leads to this world whatever the token.
        world: The world's id.
        clock: Its time.
        limits: Its thresholds and locks.
        faults: Its fault rules.
        chats: Its chats and messages.
        users: Its people.
        clients: Its OAuth clients.
        snapshots: Named copies of it.
        worlds: The server's worlds.
    """

    def __init__(
        self,
        url: str,
        timeout_s: float = _TIMEOUT_S,
        *,
        world: str | None = None,
        control_token: str | None = None,
    ) -> None:
        super().__init__(Transport(url, timeout_s, control_token))
        self.world = world or DEFAULT_WORLD
        self.world_url = f"{self.url}/w/{segment(self.world)}"
        self._control = Control(self._transport, self.world)
        self._journal = Journal(self._control)
        self._access: WorldAccess | None = None
        self._end: Callable[[], None] | None = None
        self.clock = Clock(self._control)
        self.limits = Limits(self._control)
        self.faults = Faults(self._control)
        self.chats = Chats(self._control)
        self.users = Users(self._control)
        self.clients = OAuthClients(self._control)
        self.snapshots = Snapshots(self._control)
        self.worlds: Worlds[Client] = Worlds(self._transport, self._enter)

    def __repr__(self) -> str:
        return f"<MockCliq world {self.world!r} at {self.url}>"

    # Tokens

    @property
    def token(self) -> str:
        """The owner's token: all scopes, most chats.

        Raises:
            LookupError: The world has none, as one that was made from a document may.
        """
        return self._one_of_its_own(self._accessed().token)

    @property
    def tokens(self) -> Mapping[str, str]:
        """The fixed tokens by label: owner, member, outsider, readonly, expired, revoked, deactivated."""
        return self._accessed().tokens

    @property
    def refresh_token(self) -> str:
        """The owner's OAuth refresh token.

        Raises:
            LookupError: The world has none, as one that was made from a document may.
        """
        return self._one_of_its_own(self._accessed().refresh_token)

    def token_for(
        self,
        user: Named | str | None = None,
        *,
        scopes: Iterable[str] | None = None,
        expires_in: float | None = None,
    ) -> str:
        """Mint a token; `mint` tells more of it.

        Args:
            user: Whose; the owner's by default.
            scopes: Such as ``ZohoCliq.Chats.READ``; all four by default.
            expires_in: Seconds of the world's clock; it never expires by default.
        """
        return self.mint(user, scopes=scopes, expires_in=expires_in).token

    def mint(
        self,
        user: Named | str | None = None,
        *,
        scopes: Iterable[str] | None = None,
        expires_in: float | None = None,
    ) -> Token:
        """Mint a token as `token_for` does, and tell what it stands for."""
        wanted = None if scopes is None else list(scopes)
        answer = self._control.post("/tokens", given(user=id_or_none(user), scopes=wanted, expires_in=expires_in))
        return read(Token, answer, scopes=tuple(answer["scopes"]), expires_at=moment_or_none(answer["expires_at"]))

    def revoke(self, token: str) -> None:
        """Revoke a token of this world; it is refused from now on."""
        self._control.delete(f"/tokens/{segment(token)}")

    # The journal

    def requests(
        self,
        operation: str | None = None,
        *,
        user: Named | str | None = None,
        status: int | None = None,
        since: Named | At | None = None,
        limit: int | None = None,
    ) -> list[Exchange]:
        """The latest calls of the world's clients and their answers, oldest first.

        Args:
            operation: Only those to it.
            user: Only those of that user.
            status: Only those answered so.
            since: Only those from that moment on, or those after that exchange (or its id).
            limit: Only the latest so many.
        """
        return self._journal.list(operation, user, status, since, limit)

    def request(self, exchange: Named | str) -> Exchange:
        """One exchange, with its explanation; ``exchange`` may be the X-Mockcliq-Request-Id of an answer."""
        return self._journal.get(id_of(exchange))

    def follow(
        self,
        operation: str | None = None,
        *,
        user: Named | str | None = None,
        status: int | None = None,
        since: Named | At | None = None,
        lost: Callable[[int], None] = lambda _count: None,
    ) -> Generator[Exchange, None, None]:
        """The exchanges as they happen, until the server ends; closing the iterator hangs up.

        Args:
            operation: Only those to it.
            user: Only those of that user.
            status: Only those answered so.
            since: Begin with those from that moment on, or after that exchange; else with the next.
            lost: Told how many could not be delivered, because they came faster than they were read.
        """
        return self._journal.follow(operation, user, status, since, lost)

    def clear_requests(self) -> None:
        """Empty the journal."""
        self._journal.clear()

    def verify(  # noqa: PLR0913 - the route takes as many
        self,
        operation: str | None = None,
        *,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        user: Named | str | None = None,
        method: str | None = None,
        path: str | None = None,
        chat: Named | str | None = None,
        status: int | None = None,
    ) -> int:
        """Assert that calls were made: at least one, unless a count says otherwise; gives how many.

        Args:
            operation: To that operation.
            times: Exactly so many.
            at_least: So many or more.
            at_most: So many or fewer.
            user: By that user.
            method: With that method.
            path: To a path, as a glob such as ``/api/v2/chats/*/mute``.
            chat: About that chat.
            status: Answered so.

        Raises:
            AssertionError: It was otherwise; the message has what was expected, what was found, and the nearest calls.
        """
        __tracebackhide__ = True  # pytest then shows the line that verifies
        match = given(
            operation=operation, user=id_or_none(user), method=method, path=path, chat=id_or_none(chat), status=status
        )
        return self._journal.verify(match, given(times=times, at_least=at_least, at_most=at_most))

    # The world as a whole

    def reset(self, *parts: str) -> list[str]:
        """Bring the world, or these parts of it, back to its start; gives what was brought back.

        Args:
            *parts: Of data, tokens, clock, limits, faults, journal.
        """
        answer = self._control.post("/reset", {"what": list(parts)} if parts else None, timeout_s=LONG_S)
        self._access = None
        reset: list[str] = answer["reset"]
        return reset

    def overview(self) -> dict[str, Any]:
        """The world at a glance: its clock, faults, used limits, journal; ``changes`` is new when its data are."""
        overview: dict[str, Any] = self._control.get("/overview")
        return overview

    def state(self) -> dict[str, Any]:
        """The whole world as a document, in the format of a world file."""
        document: dict[str, Any] = self._control.get("/state")
        return document

    def import_state(self, state: WorldState) -> Mapping[str, str]:
        """Replace the whole world; `reset` returns to this from now on.

        Args:
            state: A document as `state` gives it, its text in JSON or YAML, or the path of a file that holds that.

        Returns:
            The tokens that belonged to another world, old name to new.
        """
        body = document_or_text(state)
        # The route reads the document itself: its text is no JSON string.
        answer = self._control.put("/state", body.encode() if isinstance(body, str) else body, timeout_s=LONG_S)
        self._access = None
        renamed: Mapping[str, str] = answer["renamed_tokens"]
        return renamed

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Call a route of this world's control API, such as ``/limits``; gives the JSON of its answer."""
        return self._transport.call(method, self._control.prefix + path, body, query)

    def events(self, path: str, **query: Any) -> Iterator[tuple[str, Any]]:
        """Listen to a route of this world's control API, such as ``/requests/stream``; gives names and their data."""
        return self._control.events(path, **query)

    # The end

    def close(self) -> None:
        """Delete the world that `worlds.create` made, or stop the server that `start` started; else, nothing."""
        end, self._end = self._end, None
        if end is not None:
            end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def ending_with(self, end: Callable[[], None]) -> Self:
        """The same, whose `close` does this."""
        self._end = end
        return self

    def _enter(self, access: WorldAccess) -> Client:
        """The client of a world that was just made, which deletes it."""
        made = Client(self.url, self._transport.timeout_s, world=access.id, control_token=self._transport.control_token)
        made._access = access

        def delete() -> None:
            try:
                self.worlds.delete(access.id)
            except Refused as refused:
                if refused.status != _GONE:  # somebody was quicker
                    raise

        return made.ending_with(delete)

    def _one_of_its_own(self, token: str | None) -> str:
        if token is None:
            raise LookupError(f"the world {self.world!r} has no such token; `token_for` mints one")
        return token

    def _accessed(self) -> WorldAccess:
        if self._access is None:
            self._access = self.worlds.get(self.world)
        return self._access
