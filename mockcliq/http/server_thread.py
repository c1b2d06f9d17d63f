"""A server inside this process, on a thread of its own."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from mockcliq.app import create_app
from mockcliq.environment import interception_settings
from mockcliq.http.fd_limit import TooFewFiles, require_files
from mockcliq.http.listeners import AddressUnusable, listen_by, url_of
from mockcliq.http.server import Server
from mockcliq.report_files import ReportUnusable
from mockcliq.seeding.errors import BadWorld
from mockcliq.settings import Settings, make_settings
from mockcliq.store.troubles import DatabaseUnusable
from mockcliq.tls.errors import TlsUnusable

if TYPE_CHECKING:
    from mockcliq.client import Client


class Unservable(Exception):
    """The server cannot start with these settings; the message is one line that says why."""


@contextmanager
def servable() -> Iterator[None]:
    """Turn what keeps a server from starting into one error.

    Raises:
        Unservable: The address, the world, the database, the CA or the report's folder cannot be used, or there are too
            few files.
    """
    try:
        require_files()
        yield
    except (AddressUnusable, BadWorld, DatabaseUnusable, ReportUnusable, TlsUnusable, TooFewFiles) as error:
        raise Unservable(str(error)) from error


def start(port: int = 0, **settings: Any) -> Client:
    """Start a server on a thread of this process; returns when it is ready.

    Its client is a context manager that stops it on leaving, and has ``close``. Servers in one process share nothing.

    Args:
        port: The port to listen on; 0 takes a free one, as the ports for https and of the proxy do unless given.
        **settings: As ``Settings`` has them, such as ``world="empty"``; from the environment where they are not given.
            Where none speaks of ``tls`` or ``proxy``, both are there on demand, for `Client.intercept`.

    Raises:
        BadSetting: There is no such setting, or its value cannot be used.
        Unservable: The address, the world or the database cannot be used.
    """
    from mockcliq.client import Client  # noqa: PLC0415 - `serve`, which begins here as well, needs none

    free_ports = {"port": port, "tls_port": 0, "proxy_port": 0}
    made = make_settings({**free_ports, **interception_settings(settings), **settings})
    server = ServerThread(made)
    token = None if made.control_token is None else made.control_token.get_secret_value()
    return Client(server.url, control_token=token).ending_with(server.stop)


class ServerThread:
    """A server on a thread of its own; made when it is ready, and stopped with the process at the latest.

    Attributes:
        port: Where it listens.
        url: Its base URL.

    Raises:
        Unservable: The address, the world or the database cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        import mockcliq.http.h11_protocol  # noqa: F401, PLC0415 - later it might be loaded under a test's patches

        self._settled = threading.Event()
        self._failure: BaseException | None = None
        with servable(), ExitStack() as stack:
            listeners = stack.enter_context(listen_by(settings))
            app = create_app(settings, endpoints=listeners.endpoints)
            self._server = Server(app, listeners, self._settled.set)
            self._sockets = stack.pop_all()
        self.port = int(listeners.plain.getsockname()[1])
        self.url = url_of(listeners.plain)
        self._thread = threading.Thread(target=self._serve, name="mockcliq", daemon=True)
        atexit.register(self.stop)
        self._thread.start()
        try:
            self._settled.wait()
        except BaseException:
            self.stop()
            raise
        if self._failure is not None:
            self.stop()
            with servable():
                raise self._failure

    def stop(self) -> None:
        """Stop the server, and wait until answers in flight are finished."""
        atexit.unregister(self.stop)
        self._server.stop()
        self._thread.join()

    def _serve(self) -> None:
        try:
            with self._sockets:
                self._server.run_until_told()
        except BaseException as error:  # noqa: BLE001 - it is raised where the server was started
            self._failure = error
        finally:
            self._settled.set()
