"""The OAuth operations: authorize, token, revoke."""

from __future__ import annotations

import re
from hmac import compare_digest
from urllib.parse import unquote_plus, urlencode

from mockcliq.apis.accounts import page, rules
from mockcliq.apis.accounts.limits import (
    ACCESS_TOKEN_MS,
    CODE_MS,
    admit_access_token,
    admit_code,
    make_room_for_refresh_token,
)
from mockcliq.apis.accounts.parameters import FormCall, explain_missing_form
from mockcliq.apis.accounts.style import CODES
from mockcliq.contract.document import Client, Token
from mockcliq.contract.ids import SCOPE_PATTERN, EpochMs, UserId
from mockcliq.contract.operation import operation
from mockcliq.contract.quoting import last_four
from mockcliq.contract.redirect_uri import NoRedirectUri, redirect_uri
from mockcliq.contract.refusals import Reason, Refusal
from mockcliq.contract.timestamps import MS_PER_SECOND, iso_ms
from mockcliq.contract.urls import authority
from mockcliq.contract.zoho_hosts import api_domain
from mockcliq.gateway.answers import Answer, to_json
from mockcliq.seeding.tokens import refresh_token_name
from mockcliq.store.oauth import AuthorizationCode, RefreshToken, scope_names
from mockcliq.worlds.credentials import random_credential

_SCOPE = re.compile(SCOPE_PATTERN)
_MAX_SCOPE_LENGTH = 100
_MAX_SCOPES = 100


@operation("GET /oauth/v2/auth", success=200)
async def authorize(call: FormCall) -> Answer:
    """Show the consent page; with ``prompt=none`` redirect with a code at once, for ``user`` or the owner."""
    try:
        client = _known_client(call)
        uri = _registered_redirect_uri(call, client)
    except Refusal as refusal:
        return page.refused(call, refusal)
    try:
        return _consent(call, client, uri)
    except Refusal as refusal:
        if refusal.rule is rules.TOKEN_LIMIT:
            return page.refused(call, refusal)
        return _redirect(call, uri, {"error": CODES[refusal.rule.name]}, refusal.reason(call.redacted))


@operation("POST /oauth/v2/token", success=200)
async def issue_token(call: FormCall) -> Answer:
    """Issue an access token for a code, a refresh token, or the client itself."""
    with explain_missing_form(call):
        client = _known_client(call)
        _require_secret(call, client)
        grant_type = call.given.get("grant_type", "")
        if grant_type == "authorization_code":
            return _redeem_code(call, client)
        if grant_type == "refresh_token":
            return _refresh(call, client)
        if grant_type == "client_credentials":
            return _issue_for_client(call)
        raise Refusal(rules.GRANT_TYPE, grant_type=grant_type or "no grant_type")


@operation("POST /oauth/v2/token/revoke", success=200)
async def revoke_token(call: FormCall) -> Answer:
    """Revoke a token; with a refresh token, its access tokens too."""
    token = call.given.get("token", "")
    with explain_missing_form(call):
        if not call.world.credentials.revoke(token):
            raise Refusal(rules.UNKNOWN_TOKEN, token=last_four(token) if token else "no token")
    return Answer(200, to_json({"status": "success"}))


def _consent(call: FormCall, client: Client, uri: str) -> Answer:
    given = call.given
    if given.get("response_type") != "code":
        raise Refusal(rules.RESPONSE_TYPE, response_type=given.get("response_type") or "no response_type")
    asked = _valid_scopes(call)
    prompt = given.get("prompt", "").replace(",", " ").split()
    if "none" not in prompt:
        denied = _location(call, uri, {"error": CODES[rules.ACCESS_DENIED.name]})
        return page.consent(call, client, asked, denied)
    user = _active_user(call)
    call.user_id = user
    admit_code(call, client.client_id)
    is_offline = given.get("access_type", "").lower() == "offline"
    code = AuthorizationCode(
        code=random_credential(),
        client_id=client.client_id,
        user_id=user,
        scopes=asked,
        redirect_uri=uri,
        offline=is_offline and ("consent" in prompt or not _has_consented(call, client, user)),
        issued=call.now,
        expires=EpochMs(call.now + CODE_MS),
    )
    call.world.credentials.add_code(code)
    return _redirect(call, uri, {"code": code.code, "location": "us", "accounts-server": _server_url(call)})


def _redeem_code(call: FormCall, client: Client) -> Answer:
    world, value = call.world, call.given.get("code", "")
    code = world.store.oauth.code(value)
    if code is None or code.client_id != client.client_id:
        raise Refusal(rules.UNKNOWN_CODE, code=_mask_foreign(call, value, "no code"), client=client.client_id)
    if code.redeemed:
        raise Refusal(rules.CODE_USED, code=value)
    if code.expires <= call.now:
        raise Refusal(rules.CODE_EXPIRED, code=value, expired=iso_ms(code.expires), now=iso_ms(call.now))
    uri = call.given.get("redirect_uri", "")
    # Programs of a self client may send one that they have for other clients.
    if code.redirect_uri is not None and uri != code.redirect_uri:
        raise Refusal(rules.REDIRECT_URI_DIFFERS, uri=uri or "no redirect_uri", expected=code.redirect_uri)
    with world.credentials.transaction():
        world.store.oauth.redeem(value)
        refresh_token = None
        if code.offline:
            make_room_for_refresh_token(call, client.client_id, code.user_id)
            refresh_token = random_credential()
            world.credentials.add_refresh_token(
                RefreshToken(refresh_token, client.client_id, code.user_id, code.scopes)
            )
        token = _issue(call, code.user_id, code.scopes, refresh_token)
    return _answer(call, token, code.scopes, {} if refresh_token is None else {"refresh_token": refresh_token})


def _refresh(call: FormCall, client: Client) -> Answer:
    value = call.given.get("refresh_token", "")
    found = call.world.store.oauth.refresh_token(value)
    if found is None or found.client_id != client.client_id:
        raise Refusal(
            rules.UNKNOWN_REFRESH_TOKEN, token=_mask_foreign(call, value, "no refresh_token"), client=client.client_id
        )
    admit_access_token(call, value)
    return _answer(call, _issue(call, found.user_id, found.scopes, value), found.scopes)


def _issue_for_client(call: FormCall) -> Answer:
    scopes = _valid_scopes(call)
    owner = call.world.store.users.owner()
    if owner is None:
        raise Refusal(rules.ACCESS_DENIED, user="a world without an owner")
    call.user_id = owner.id
    return _answer(call, _issue(call, owner.id, scopes, client=True), scopes)


def _issue(
    call: FormCall, user: UserId, scopes: str, refresh_token: str | None = None, *, client: bool = False
) -> Token:
    expires = EpochMs(call.now + ACCESS_TOKEN_MS)
    names = scope_names(scopes)
    token = Token(random_credential(), user, names, expires, refresh_token=refresh_token, client=client)
    call.world.credentials.issue(token, call.now)
    return token


def _answer(call: FormCall, token: Token, scopes: str, more: dict[str, str] | None = None) -> Answer:
    document = {
        "access_token": token.token,
        **(more or {}),
        "scope": scopes,
        # Clients call this host next: it must not be the real service, unless they came by its accounts server, so that
        # the real names lead here.
        "api_domain": api_domain(_host(call)) or _server_url(call),
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_MS // MS_PER_SECOND,
    }
    return Answer(200, to_json(document))


def _known_client(call: FormCall) -> Client:
    client_id = call.given.get("client_id", "")
    client = call.world.credentials.client(client_id)
    if client is None:
        raise Refusal(rules.UNKNOWN_CLIENT, client=last_four(client_id) if client_id else "no client_id")
    return client


def _require_secret(call: FormCall, client: Client) -> None:
    secret = call.given.get("client_secret", "")
    # In a Basic header some libraries form-encode it, as RFC 6749 says, and some do not.
    if not any(compare_digest(each.encode(), client.client_secret.encode()) for each in (secret, unquote_plus(secret))):
        raise Refusal(
            rules.WRONG_CLIENT_SECRET,
            secret=last_four(secret) if secret else "no client_secret",
            client=client.client_id,
        )


def _registered_redirect_uri(call: FormCall, client: Client) -> str:
    given = call.given.get("redirect_uri", "")
    if not given:
        raise Refusal(rules.REDIRECT_URI_MISSING, need=NoRedirectUri())
    try:
        uri = redirect_uri(given)
    except NoRedirectUri as error:
        raise Refusal(rules.REDIRECT_URI_UNUSABLE, uri=given, need=error) from error
    if client.redirect_uris and uri not in client.redirect_uris:
        registered = ", ".join(client.redirect_uris)
        raise Refusal(rules.REDIRECT_URI_UNREGISTERED, uri=uri, client=client.client_id, registered=registered)
    return uri


def _valid_scopes(call: FormCall) -> str:
    """The scope parameter, as sent, after validation."""
    asked = call.given.get("scope", "").strip(" ,")
    names = scope_names(asked)
    if not 1 <= len(names) <= _MAX_SCOPES or not all(
        _SCOPE.fullmatch(name) and len(name) <= _MAX_SCOPE_LENGTH for name in names
    ):
        raise Refusal(rules.INVALID_SCOPE, scope=asked or "no scope")
    return asked


def _active_user(call: FormCall) -> UserId:
    users, named = call.world.store.users, call.given.get("user", "")
    user = users.find(named) if named else users.owner()
    if user is None or not user.active:
        raise Refusal(rules.ACCESS_DENIED, user=f"user {named}" if named else "no user, and no active owner")
    return user.id


def _has_consented(call: FormCall, client: Client, user: UserId) -> bool:
    """Whether the client has a refresh token of the user; the fixed one needs no consent."""
    fixed = refresh_token_name(call.world.id)
    return any(token != fixed for token in call.world.store.oauth.refresh_tokens(client.client_id, user))


def _redirect(call: FormCall, uri: str, parameters: dict[str, str], reason: Reason | None = None) -> Answer:
    location = _location(call, uri, parameters)
    headers = ((b"location", location.encode()), (b"content-length", b"0"), (b"cache-control", b"no-store"))
    return Answer(302, b"", headers, reason)


def _location(call: FormCall, uri: str, parameters: dict[str, str]) -> str:
    state = {"state": call.given["state"]} if "state" in call.given else {}
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({**parameters, **state})}"


def _server_url(call: FormCall) -> str:
    return f"https://{_host(call)}" if api_domain(_host(call)) else call.server.public_url.of(call.scope)


def _host(call: FormCall) -> str:
    """The host that the client asked for, without its port; empty where the header has none."""
    found = authority((call.header(b"host") or b"").decode("latin-1"))
    return "" if found is None else found.name


def _mask_foreign(call: FormCall, credential: str, default: str) -> str:
    """Show a credential of this server in full, and mask any other: it may be a real one."""
    if not credential:
        return default
    return credential if call.world.credentials.has_issued(credential) else last_four(credential)
