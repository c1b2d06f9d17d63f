"""``mockcliq ca``: this machine's own CA."""

from __future__ import annotations

from pathlib import Path

import click

from mockcliq.cli.printing import BAD_USAGE, fail, print_text
from mockcliq.environment import variables
from mockcliq.tls.authority import authority_in, default_directory
from mockcliq.tls.errors import TlsUnusable
from mockcliq.tls.place import DIRECTORY


@click.command()
@click.option("--tls-directory", metavar="PATH", help=f"The CA's folder.  [{DIRECTORY}; default: in the user's data]")
def ca(tls_directory: str | None) -> None:
    """Print the path of the CA's certificate, for clients to trust; the CA is made where there is none.

    Use: curl --cacert "$(mockcliq ca)" https://localhost:2548/
    """
    if tls_directory == "":
        fail("--tls-directory: '' will not do: a folder has a name", BAD_USAGE)
    given = tls_directory or variables().get(DIRECTORY)
    try:
        authority = authority_in(default_directory() if given is None else Path(given))
    except TlsUnusable as error:
        fail(str(error), BAD_USAGE)
    print_text(str(authority.path.absolute()))
