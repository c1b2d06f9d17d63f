"""``mockcliq env``: environment variables for clients."""

from __future__ import annotations

import click

from mockcliq.cli.printing import print_text
from mockcliq.cli.target import World, on
from mockcliq.client.answers import given
from mockcliq.client.transport import segment
from mockcliq.contract.ids import DEFAULT_WORLD

_FORMS = {
    "sh": ("export {}='{}'", r"'\''"),
    "fish": ("set -gx {} '{}'", r"\'"),
    "powershell": ("$Env:{} = '{}'", "''"),
    "dotenv": ("{}={}", "'"),
}
"""For each shell, the assignment of a variable and the escape of a single quote."""


@click.command()
@click.option(
    "--shell", type=click.Choice(list(_FORMS)), default="sh", show_default=True, help="The shell to print for."
)
@on(World)
def env(world: World, shell: str) -> None:
    """Print environment variables for clients.

    Use: eval "$(mockcliq env)". MOCKCLIQ_URL is the server, for these commands, and MOCKCLIQ_TOKEN the owner's token.
    Existing clients read the others: ZOHO_CLIQ_BASE_URL, to which they append /api/v2; ZOHO_CLIQ_ACCOUNTS_URL and
    ZOHO_ACCOUNTS_DOMAIN, to which they append /oauth/v2; ZOHO_CLIQ_CLIENT_ID, ZOHO_CLIQ_CLIENT_SECRET and
    ZOHO_CLIQ_REFRESH_TOKEN, with which they log in as the owner.
    """
    access = world.call("GET", f"/worlds/{segment(world.world)}")
    clients = world.call("GET", "/clients")["clients"]
    registered = clients[0] if clients else {}
    url = world.call("GET", "/server").get("public_url") or world.client().url
    base = url if world.world == DEFAULT_WORLD else f"{url}/w/{segment(world.world)}"
    variables = given(
        MOCKCLIQ_URL=url,
        MOCKCLIQ_TOKEN=access["token"],
        ZOHO_CLIQ_BASE_URL=base,
        ZOHO_CLIQ_ACCOUNTS_URL=base,
        ZOHO_ACCOUNTS_DOMAIN=base,
        ZOHO_CLIQ_CLIENT_ID=registered.get("client_id"),
        ZOHO_CLIQ_CLIENT_SECRET=registered.get("client_secret"),
        ZOHO_CLIQ_REFRESH_TOKEN=access["refresh_token"],
    )
    form, quote = _FORMS[shell]
    lines = [form.format(name, value.replace("'", quote)) for name, value in variables.items()]
    world.show(variables, lambda _: print_text("\n".join(lines)))
