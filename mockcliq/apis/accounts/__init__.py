"""The accounts server, below ``/oauth/v2``: where a client gets the tokens that the other APIs ask for."""

from __future__ import annotations

from mockcliq.apis.accounts import tokens
from mockcliq.apis.accounts.parameters import find_issuer, read_parameters
from mockcliq.apis.accounts.style import ACCOUNTS
from mockcliq.contract.api import Api
from mockcliq.gateway.steps import Steps
from mockcliq.gateway.steps.cors import answer_preflight
from mockcliq.gateway.steps.faults import inject_fault
from mockcliq.gateway.steps.routing import find_operation
from mockcliq.gateway.steps.world import require_world

ACCOUNTS_API = Api(
    name="accounts",
    prefixes=("",),
    # No token is asked for, and no threshold stands over them. What the calls themselves refuse comes last.
    steps=(
        Steps.begin()
        .then(require_world)
        .then(answer_preflight)
        .then(find_operation)
        .then(read_parameters)
        .then(find_issuer)
        .then(inject_fault)
    ),
    style=ACCOUNTS,
    operations=(tokens.authorize, tokens.issue_token, tokens.revoke_token),
)
