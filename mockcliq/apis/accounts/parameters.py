"""Parameters of calls to the accounts server, and the world of the code or token among them."""

from __future__ import annotations

from base64 import b64decode
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from mockcliq.apis.accounts import rules
from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.body import read_body
from mockcliq.gateway.call import Routed

_CREDENTIALS = ("code", "refresh_token", "token")
"""The parameters that a world issues; they select the call's world."""

_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_MAX_FIELDS = 1000


class FormCall(Routed):
    """A call with parsed parameters; ``given`` has them by name."""

    given: Mapping[str, str]


@contextmanager
def explain_missing_form(call: FormCall) -> Iterator[None]:
    """Have a refusal for a missing parameter say so if the body is no form; its answer stays the same.

    Raises:
        Refusal: The refusal.
    """
    try:
        yield
    except Refusal as refusal:
        parameter = rules.JUDGED.get(refusal.rule.name)
        body = _no_form(call)
        if body is None or parameter is None or call.given.get(parameter):
            raise
        raise Refusal(rules.without_form(refusal.rule), parameter=parameter, body=body) from refusal


def _no_form(call: FormCall) -> str | None:
    """What the body is instead of a form; None for one, and for none at all."""
    body = call.raw_body.strip()
    if not body:
        return None
    content_type = (call.header(b"content-type") or b"").decode("latin-1").partition(";")[0].strip().lower()
    if content_type not in ("", _URLENCODED, _MULTIPART):
        return f"a body of {content_type}"
    if content_type != _MULTIPART and body.removeprefix(BOM_UTF8)[:1] in (b"{", b"["):
        return f"JSON for a body, sent as {content_type or 'no type at all'}"
    return None


async def read_parameters(call: Routed) -> FormCall:
    """Read the parameters from a Basic header, the query and the form; of repeated ones the last counts."""
    query: bytes = call.scope["query_string"]
    call.raw_body = await read_body(call)
    if call.unreadable is not None:
        raise call.unreadable
    given = {**_basic(call.header(b"authorization")), **_pairs(query), **await _form(call)}
    form = call.become(FormCall)
    form.given = given
    return form


def find_issuer(call: FormCall) -> None:
    """Move the call to the world that issued its code or token, whatever the path, and find the user."""
    for name in _CREDENTIALS:
        value = call.given.get(name, "")
        world = call.server.worlds.of_token(value)
        if world is not None:
            call.enter(world)
            call.user_id = world.credentials.holder(value)
            return


def _pairs(text: bytes) -> dict[str, str]:
    return dict(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"))


async def _form(call: Routed) -> Mapping[str, str]:
    content_type = call.header(b"content-type") or b""
    if not content_type.lower().startswith(b"multipart/form-data"):
        return _pairs(call.raw_body)

    async def stream() -> AsyncIterator[bytes]:
        yield call.raw_body

    headers = Headers(raw=[(b"content-type", content_type)])
    limits = {"max_files": _MAX_FIELDS, "max_fields": _MAX_FIELDS}
    parser = MultiPartParser(headers, stream(), **limits)  # type: ignore[arg-type]  # an iterator of bytes
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError, LookupError) as error:
        raise Refusal(
            rules.UNREADABLE_FORM, error=getattr(error, "message", None) or "no multipart/form-data"
        ) from error
    await form.close()
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def _basic(authorization: bytes | None) -> dict[str, str]:
    """Read the client's id and secret from a Basic header, the default of many libraries."""
    scheme, _, encoded = (authorization or b"").strip().partition(b" ")
    if scheme.lower() != b"basic":
        return {}
    try:
        client, _, secret = b64decode(encoded.strip()).decode("utf-8", "replace").partition(":")
    except ValueError:
        return {}
    return {"client_id": client, "client_secret": secret}
