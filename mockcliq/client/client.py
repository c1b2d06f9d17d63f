"""The client of one world of a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Self
from urllib.parse import urlsplit

from mockcliq.client.answers import At, Named, given, read, read_all, rows
from mockcliq.client.chats import Chats, Message
from mockcliq.client.clock import Clock
from mockcliq.client.conversations import Bot, Bots, Channels
from mockcliq.client.errors import NoServer, Refused
from mockcliq.client.faults import Faults
from mockcliq.client.journal import Exchange
from mockcliq.client.limits import Limits
from mockcliq.client.people import OAuthClient, OAuthClients, Token, Users
from mockcliq.client.snapshots import Snapshots
from mockcliq.client.transport import LONG_S, Transport, segment
from mockcliq.client.worlds import WorldAccess, Worlds, WorldState, document_or_text
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.outcome import Outcome
from mockcliq.contract.quoting import cause_of
from mockcliq.contract.urls import bracketed, proxy_url
from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.interception import Interception
from mockcliq.version import DEFAULT_PORT

DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"

_monotonic = partial(time.monotonic)
"""Wrapped, since a test that patches the time would replace the function itself here, and wait for ever."""

_TIMEOUT_S = 10.0
_PAUSE_S = 0.05
_SHOWN = 5
"""How many messages are told where the one that was waited for is not among them."""
_NOT_FOUND = 404
_CONFLICT = 409
_NOT_READY = 503


def connect(url: str = DEFAULT_URL, world: str | None = None, control_token: str | None = None) -> Client:
    """Make a client of a running server, without any request; `Client.wait` waits for the server."""
    return Client(url, world=world, control_token=control_token)


class Client:
    """One world of a server: all of its control API, under the same names.

    Also a context manager; on exit it deletes a world of ``worlds.create``, stops a server of ``start``, and leaves a
    server of ``connect`` alone.

    Every method raises `NoServer` without an answer, and `Refused`, which says what to change, if the server refuses.
    A user is given by id or e-mail address, a chat by id; returned objects serve as either.

    Args:
        url: The server's URL, such as ``http://localhost:2547``.
        timeout_s: The timeout of an answer, in seconds.
        world: The world's id; ``default`` by default.
        control_token: The server's MOCKCLIQ_CONTROL_TOKEN, if it has one.

    Attributes:
        url: The server's base URL; a token selects the world.
        world_url: The base URL of this world, whatever the token.
    """

    def __init__(
        self,
        url: str,
        timeout_s: float = _TIMEOUT_S,
        *,
        world: str | None = None,
        control_token: str | None = None,
    ) -> None:
        self._server = Transport(url, timeout_s, control_token)
        self.url = self._server.url
        self.world = world or DEFAULT_WORLD
        self.world_url = f"{self.url}/w/{segment(self.world)}"
        self._control = Transport(url, timeout_s, control_token, f"/_mockcliq/worlds/{segment(self.world)}")
        self._access: WorldAccess | None = None
        self._end = ExitStack()
        self.clock = Clock(self._control)
        self.limits = Limits(self._control)
        self.faults = Faults(self._control)
        self.chats = Chats(self._control)
        self.channels = Channels(self._control)
        self.bots = Bots(self._control)
        self.users = Users(self._control)
        self.clients = OAuthClients(self._control)
        self.snapshots = Snapshots(self._control)
        self.worlds: Worlds[Client] = Worlds(self._server, self._enter)

    def __repr__(self) -> str:
        return f"<MockCliq world {self.world!r} at {self.url}>"

    # The server

    def health(self) -> None:
        """Check that the server is alive."""
        self._expect("alive", "/_mockcliq/health")

    def ready(self) -> bool:
        """Whether the server's world is ready."""
        try:
            self._expect("ready", "/_mockcliq/ready")
        except Refused as refused:
            if refused.status == _NOT_READY:
                return False
            raise
        return True

    def wait(self, timeout_s: float = 30.0) -> bool:
        """Wait until the server is ready; returns whether it is within ``timeout_s`` seconds."""
        deadline = _monotonic() + timeout_s
        while (remaining_s := deadline - _monotonic()) > 0:
            try:
                if Client(self.url, min(remaining_s, self._server.timeout_s)).ready():
                    return True
            except (NoServer, Refused):
                pass
            time.sleep(min(remaining_s, _PAUSE_S))
        return False

    def operations(self) -> list[dict[str, Any]]:
        """The contracts of the emulated operations, in the reference's order."""
        return [dict(row) for row in rows(self._server.call("GET", "/_mockcliq/operations"), "operations")]

    def openapi(self) -> dict[str, Any]:
        document = self._server.call("GET", "/openapi.json")
        if not isinstance(document, dict) or "openapi" not in document:
            raise self._server.unlike()
        return document

    def ca(self) -> str:
        """The certificate of the CA by which the server speaks TLS, as PEM."""
        return self._server.text("/_mockcliq/ca.pem")

    # Tokens

    @property
    def token(self) -> str:
        """The owner's token: all scopes, most chats.

        Raises:
            LookupError: The world, made from a document, has none.
        """
        return self._require(self._fetch_access().token)

    @property
    def tokens(self) -> Mapping[str, str]:
        """The fixed tokens, by label: owner, member, outsider, readonly, expired, revoked, deactivated, webhook."""
        return self._fetch_access().tokens

    @property
    def refresh_token(self) -> str:
        """The owner's OAuth refresh token.

        Raises:
            LookupError: The world, made from a document, has none.
        """
        return self._require(self._fetch_access().refresh_token)

    def token_for(
        self,
        user: Named | str | None = None,
        *,
        scopes: Iterable[str] | None = None,
        expires_in: float | None = None,
    ) -> str:
        """Mint a token and return its value; `mint` returns more.

        By default it is the owner's, has every scope (such as ``ZohoCliq.Chats.READ``) and never expires;
        ``expires_in`` is in seconds of the world's clock.
        """
        return self.mint(user, scopes=scopes, expires_in=expires_in).token

    def mint(
        self,
        user: Named | str | None = None,
        *,
        scopes: Iterable[str] | None = None,
        expires_in: float | None = None,
    ) -> Token:
        """Mint a token as `token_for` does, and return it with user, scopes and expiry."""
        payload = given(user=user, scopes=scopes and list(scopes), expires_in=expires_in)
        return read(Token, self._control.call("POST", "/tokens", payload))

    def code_for(
        self,
        user: Named | str | None = None,
        *,
        client: OAuthClient | str | None = None,
        scopes: Iterable[str] | None = None,
        expires_in: float | None = None,
    ) -> str:
        """Make a code for a self client, as Zoho's API console does, and return its value.

        It is redeemed once, at ``/oauth/v2/token`` without a ``redirect_uri``, for an access token and a refresh token.
        By default it is the owner's, for the first client, with every scope, and expires after 180 seconds of the
        world's clock.
        """
        client_id = client.client_id if isinstance(client, OAuthClient) else client
        payload = given(user=user, client=client_id, scopes=scopes and list(scopes), expires_in=expires_in)
        return str(self._control.call("POST", "/codes", payload)["code"])

    def revoke(self, token: str) -> None:
        self._control.call("DELETE", f"/tokens/{segment(token)}")

    def webhook_token_for(self, user: Named | str | None = None) -> str:
        """Make a webhook token, the owner's by default: the ``zapikey`` of a URL. A user has five at most."""
        return str(self._control.call("POST", "/webhook-tokens", given(user=user))["token"])

    def webhook_url(
        self, *, channel: Named | str | None = None, bot: Bot | str | None = None, incoming: bool = False
    ) -> str:
        """The URL, with a webhook token in it, that messages to a channel or from a bot are posted to.

        With ``incoming`` it is a bot's incoming webhook, which takes anything and posts nothing.

        Raises:
            ValueError: A channel has no incoming webhook.
        """
        if incoming and channel is not None:
            raise ValueError("incoming: only a bot has an incoming webhook")
        answer = self._control.call("GET", "/webhooks", channel=channel, bot=_bot_name(bot))
        return str(answer["incoming_url" if incoming else "url"])

    # Messages

    def messages(  # noqa: PLR0913 - the route takes as many
        self,
        *,
        channel: Named | str | None = None,
        chat: Named | str | None = None,
        user: Named | str | None = None,
        bot: Bot | str | None = None,
        containing: str | None = None,
        limit: int | None = None,
    ) -> list[Message]:
        """List the messages of one channel, chat, user or bot, oldest first, or the latest ``limit``.

        A user's are those of their chats with one other person, and with bots; a bot's those of its chats with people,
        and what it said in channels.
        """
        where = given(channel=channel, chat=chat, user=user, bot=_bot_name(bot))
        answer = self._control.call("GET", "/messages", **where, containing=containing, limit=limit)
        return read_all(Message, answer, "messages")

    def wait_for_message(  # noqa: PLR0913 - as `messages`
        self,
        *,
        channel: Named | str | None = None,
        chat: Named | str | None = None,
        user: Named | str | None = None,
        bot: Bot | str | None = None,
        containing: str | None = None,
        timeout: float = 5.0,
    ) -> Message:
        """Wait until there is a message, as in `messages`, and return the latest; at most ``timeout`` real seconds.

        It returns at once if there is one already.

        Raises:
            AssertionError: There is none; the message says what was looked for, and what was there.
        """
        __tracebackhide__ = True  # pytest then shows the caller's line
        where = given(channel=channel, chat=chat, user=user, bot=_bot_name(bot))
        sought = f"expected a message in {' '.join(f'{kind} {name}' for kind, name in where.items())}"
        if containing is not None:
            sought += f" containing {containing!r}"
        query = {**where, "containing": containing, "limit": 1, "within_s": timeout}
        try:
            answer = self._control.call("GET", "/messages", timeout_s=self._server.timeout_s + timeout, **query)
            found = read_all(Message, answer, "messages")
            if found:
                return found[0]
            there = self.messages(channel=channel, chat=chat, user=user, bot=bot, limit=_SHOWN)
        except Refused as refused:
            if refused.status != _NOT_FOUND:
                raise
            raise AssertionError(f"{sought} within {timeout:g} s, but {refused}") from None
        lines = [f"  {message}" for message in there] or ["  no message"]
        raise AssertionError("\n".join([f"{sought} within {timeout:g} s, but there was", *lines]))

    # The journal

    def requests(  # noqa: PLR0913 - the route takes as many
        self,
        operation: str | None = None,
        *,
        user: Named | str | None = None,
        status: int | None = None,
        since: Named | At | None = None,
        limit: int | None = None,
        search: str | None = None,
        world: str | None = None,
    ) -> list[Exchange]:
        """List the exchanges in the journal, oldest first, or the latest ``limit``.

        ``since`` is a moment to begin with, or an exchange (or its id) to begin after. ``search`` is what path, query,
        body or reason have. ``world`` is another world, also one that has ended, or ``*`` for all.
        """
        answer = self.journal(
            operation=operation, user=user, status=status, since=since, limit=limit, search=search, world=world
        )
        return read_all(Exchange, answer, "requests", _explain=self._explain)

    def journal(self, *, limit: int | None = None, **filters: Any) -> dict[str, Any]:
        """The journal as JSON: the answer of ``GET /requests``, with what it takes several answers to say."""
        answer = self._control.call("GET", "/requests", **filters, limit=limit)
        entries = rows(answer, "requests")
        while answer.pop("more", False) and (limit is None or len(entries) < limit):
            left = None if limit is None else limit - len(entries)
            earlier = self._control.call("GET", "/requests", **filters, limit=left, before=answer["before"])
            entries = [*rows(earlier, "requests"), *entries]
            answer.update(more=earlier.get("more", False), before=earlier.get("before"))
        answer.pop("before", None)
        return {**answer, "requests": entries}

    def har(self, **filters: Any) -> str:
        """The exchanges in the journal as an HTTP Archive (HAR 1.2), by the filters of `requests`."""
        return self._control.text("/requests.har", **filters)

    def request(self, exchange: Named | str) -> Exchange:
        """Get an exchange with its explanation; ``exchange`` may be the X-Mockcliq-Request-Id of an answer."""
        answer = self._control.call("GET", f"/requests/{segment(exchange)}")
        return read(Exchange, answer, _explain=lambda _id: answer["explanation"])

    def set_outcome(self, outcome: Outcome) -> None:
        """Tell how the test ended that has this world, or had it, for `worlds.runs` and the report."""
        self._control.call("PUT", "/outcome", given(outcome=outcome))

    def follow(  # noqa: PLR0913 - the route takes as many
        self,
        operation: str | None = None,
        *,
        user: Named | str | None = None,
        status: int | None = None,
        since: Named | At | None = None,
        lost: Callable[[int], None] = lambda _count: None,
        timeout: float | None = None,
    ) -> Generator[Exchange, None, None]:
        """Stream the exchanges as they happen, until ``timeout`` seconds are over, the server stops or it is closed.

        They begin after ``since`` as in `requests`, by default with the next one. ``lost`` is called with the number of
        exchanges that came faster than they were read.
        """
        filters = given(operation=operation, user=user, status=status, since=since, within_s=timeout)
        for name, data in self.events("/requests/stream", **filters):
            if name == "request":
                yield read(Exchange, data, _explain=self._explain)
            elif name == "lost":
                lost(data["lost"])

    def clear_requests(self) -> None:
        self._control.call("DELETE", "/requests")

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
        within: float | None = None,
    ) -> int:
        """Assert that calls were made, exactly ``times`` or at least one, and return their number.

        ``path`` is a glob such as ``/api/v2/chats/*/mute``, ``chat`` the chat in the path. What happens in a moment, as
        in a bot's background, is waited for ``within`` so many seconds; it returns as soon as there are enough calls.

        Raises:
            AssertionError: The number is another; the message has the expected number, the actual one, and the nearest
                calls.
        """
        __tracebackhide__ = True  # pytest then shows the caller's line
        match = given(operation=operation, user=user, method=method, path=path, chat=chat, status=status)
        payload = given(match=match, times=times, at_least=at_least, at_most=at_most, within_s=within)
        timeout_s = self._server.timeout_s + (within or 0)
        try:
            return int(self._control.call("POST", "/verify", payload, timeout_s=timeout_s)["count"])
        except Refused as refused:
            if refused.status != _CONFLICT:
                raise
            raise AssertionError(str(refused)) from None

    # The world as a whole

    def reset(self, *parts: str) -> list[str]:
        """Reset the world, or parts (data, tokens, clock, limits, faults, journal), to its start; returns the parts."""
        payload = {"what": parts} if parts else None
        answer = self._control.call("POST", "/reset", payload, timeout_s=LONG_S)
        self._access = None
        return list(answer["reset"])

    def overview(self) -> dict[str, Any]:
        """The world at a glance: clock, faults, used limits, journal; ``changes`` differs after every write."""
        return dict(self._control.call("GET", "/overview"))

    def state(self) -> dict[str, Any]:
        """Export the world as a document, in the format of a world file."""
        return dict(self._control.call("GET", "/state"))

    def import_state(self, state: WorldState) -> Mapping[str, str]:
        """Replace the whole world; `reset` returns to this state from now on.

        Returns the renamed tokens, which another world had already, old name to new.
        """
        body = document_or_text(state)
        # Text is sent raw: the route parses it as the document.
        sent = body.encode() if isinstance(body, str) else body
        answer = self._control.call("PUT", "/state", sent, timeout_s=LONG_S)
        self._access = None
        return dict(answer["renamed_tokens"])

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Call a route of this world's control API, such as ``/limits``, and return the JSON of its answer."""
        return self._control.call(method, path, body, **query)

    def events(self, path: str, **query: Any) -> Iterator[tuple[str, Any]]:
        """Stream server-sent events of a route, such as ``/requests/stream``, as names and data."""
        return self._control.events(path, **query)

    # The way from Zoho's hosts

    @contextmanager
    def intercept(self) -> Iterator[Self]:
        """Lead this process's calls of Zoho's hosts to this world, for the length of a ``with`` block.

        These are Cliq, the accounts server and the APIs of every data centre, by https and http, called by requests,
        httpx, aiohttp, urllib3, urllib and whatever else uses the sockets of Python, in all threads, by sessions made
        before too. Other hosts are left alone. A call whose token nobody issued goes to this world, and gets its 401.

        Blocks can be nested: the one that was entered last decides. Connections are closed where one begins or ends.

        Raises:
            NoServer: The server has no proxy, or it cannot be reached.
            Refused: The server can make no certificates; the message says what to change.
        """
        port = self._server.call("GET", "/_mockcliq/server").get("proxy_port")
        if port is None:
            raise NoServer(
                f"the server at {self.url} has no proxy, which `intercept` needs: start it with MOCKCLIQ_PROXY=on"
            )
        host = urlsplit(self.url).hostname or ""
        interception = Interception(proxy_url(host, port, self.world), self.ca(), ZOHO_HOSTS)
        try:
            interception.reach()
        except OSError as error:
            where = f"{bracketed(host)}:{port}"
            raise NoServer(
                f"the proxy of the server at {self.url} cannot be reached at {where}: {cause_of(error)}"
            ) from error
        interception.begin()
        try:
            yield self
        finally:
            interception.end()

    # The end

    def close(self) -> None:
        """Delete the world of `worlds.create`, or stop the server of `start`; else do nothing."""
        self._end.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def ending_with(self, end: Callable[[], None]) -> Self:
        """Set what `close` does."""
        self._end.callback(end)
        return self

    def _enter(self, access: WorldAccess) -> Client:
        """Make the client of a new world, which deletes it on `close`."""
        made = Client(self.url, self._server.timeout_s, world=access.id, control_token=self._server.control_token)
        made._access = access

        def delete() -> None:
            try:
                self.worlds.delete(access.id)
            except Refused as refused:
                if refused.status != _NOT_FOUND:  # it is deleted already
                    raise

        return made.ending_with(delete)

    def _expect(self, status: str, path: str) -> None:
        if self._server.call("GET", path) != {"status": status}:
            raise self._server.unlike()

    def _explain(self, exchange: str) -> Mapping[str, Any]:
        return dict(self._control.call("GET", f"/requests/{segment(exchange)}")["explanation"])

    def _require(self, token: str | None) -> str:
        if token is None:
            raise LookupError(f"the world {self.world!r} has no such token; `token_for` mints one")
        return token

    def _fetch_access(self) -> WorldAccess:
        if self._access is None:
            self._access = self.worlds.get(self.world)
        return self._access


def _bot_name(bot: Bot | str | None) -> str | None:
    # A bot is known by its unique name; its id is its messages' sender.
    return bot.unique_name if isinstance(bot, Bot) else bot
