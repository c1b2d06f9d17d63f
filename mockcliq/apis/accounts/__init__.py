"""The accounts server, below ``/oauth/v2``: issues the OAuth tokens for the other APIs."""

from __future__ import annotations

from mockcliq.apis.accounts import tokens
from mockcliq.apis.accounts.parameters import find_issuer, read_parameters
from mockcliq.apis.accounts.style import ACCOUNTS
from mockcliq.contract.api import Api
from mockcliq.gateway.steps import Steps
from mockcliq.gateway.steps.cors import answer_preflight
from mockcliq.gateway.steps.faults import answer_unknown, inject_fault
from mockcliq.gateway.steps.routing import find_operation
from mockcliq.gateway.steps.world import require_world

ACCOUNTS_API = Api(
    name="accounts",
    prefixes=("",),
    # Neither token nor threshold; the refusals of the handlers come last.
    steps=(
        Steps.begin()
        .then(require_world)
        .then(answer_preflight)
        .then(answer_unknown)
        .then(find_operation)
        .then(read_parameters)
        .then(find_issuer)
        .then(inject_fault)
    ),
    style=ACCOUNTS,
    operations=(tokens.authorize, tokens.issue_token, tokens.revoke_token),
)
