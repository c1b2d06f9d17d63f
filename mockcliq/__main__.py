"""Run the command line: `mockcliq`, or `python -m mockcliq`."""

import os
import signal
import sys


def main() -> None:
    """Run it; a server that is told to end ends, also while it is still being loaded or has only itself to clear up."""
    is_server = sys.argv[1:2] == ["serve"]
    if is_server:
        # As the first process of a container there is no default action for SIGTERM.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: os._exit(0))

    from mockcliq.cli import main  # noqa: PLC0415 - takes a moment

    try:
        main()
    except SystemExit as end:
        if is_server and not end.code:
            # The interpreter takes its time to go, in which a second signal would become the exit code.
            os._exit(0)
        raise


if __name__ == "__main__":
    main()
