"""Run the command line: `mockcliq`, or `python -m mockcliq`."""

import os
import signal
import sys


def main() -> None:
    """Run the command line; SIGTERM and SIGINT end a server also while it loads or exits."""
    is_server = sys.argv[1:2] == ["serve"]
    if is_server:
        # The first process of a container has no default action for SIGTERM.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: os._exit(0))

    try:
        from mockcliq.cli import main  # noqa: PLC0415 - after the signal handlers: loading takes a moment

        main()
    except SystemExit as end:
        if not _flush():
            # What cannot be written is written again at the interpreter's exit, where some Pythons turn it into 120.
            os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))
        if is_server and not end.code:
            # A second signal during the interpreter's exit would become the exit code.
            os._exit(0)
        raise
    except ModuleNotFoundError as error:
        # Installed without its dependencies, for the client and the pytest plugin alone.
        raise SystemExit(
            f"mockcliq: this needs the package {error.name}, which is not installed: pip install mockcliq without "
            f"--no-deps, or let MOCKCLIQ_URL name a server that runs elsewhere"
        ) from None


def _flush() -> bool:
    """Write what is left for the standard streams; tells whether they took it."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
