"""Run the command line: `mockcliq`, or `python -m mockcliq`."""

import os
import signal
import sys


def main() -> None:
    """Run it; a server that is told to end while it is still being loaded does so."""
    if sys.argv[1:2] == ["serve"]:
        # As the first process of a container there is no default action for SIGTERM.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: os._exit(0))

    from mockcliq.cli import main  # noqa: PLC0415 - takes a moment

    main()


if __name__ == "__main__":
    main()
