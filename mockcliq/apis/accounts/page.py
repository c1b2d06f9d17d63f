"""The HTML pages of the accounts server: consent and error, without scripts and network."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from urllib.parse import urlencode

from mockcliq.apis.accounts.parameters import FormCall
from mockcliq.contract.document import Client
from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.answers import Answer, Headers
from mockcliq.store.oauth import scope_names

_MAX_PEOPLE = 200
_BAD_REQUEST = 400
_PARAMETERS = ("client_id", "response_type", "redirect_uri", "scope", "access_type", "state")

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; }
code { font-size: .9em; background: #f0f2f4; padding: .1em .3em; overflow-wrap: anywhere; }
ul.people { list-style: none; padding: 0; }
.people a { display: block; padding: .5rem .75rem; margin: .25rem 0; border: 1px solid #c4cad0; border-radius: .4rem;
  color: inherit; text-decoration: none; overflow-wrap: anywhere; }
.people a:hover, .people a:focus { border-color: #0b57d0; outline: 2px solid #0b57d0; }
small { color: #57606a; }
"""
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}';"
    f" base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Headers = (
    (b"content-type", b"text/html;charset=UTF-8"),
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def consent(call: FormCall, client: Client, scopes: str, denied: str) -> Answer:
    """The consent page: a link for each person, which repeats the request with that user; ``denied`` is a URL."""
    people = [person for person in call.world.store.users.all() if person.active]
    items = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scope_names(scopes))
    links = "".join(
        f'<li><a href="{escape(_choice(call, person.id))}">{escape(person.name)} <small>{escape(person.email)}</small>'
        f"</a></li>"
        for person in people[:_MAX_PEOPLE]
    )
    more = len(people) - _MAX_PEOPLE
    rest = f"<p>And {more} more: add <code>prompt=none&amp;user=</code> with an id or e-mail.</p>" if more > 0 else ""
    return _page(
        200,
        "Who are you?",
        f"<p>The client <code>{escape(client.client_id)}</code> asks for:</p><ul>{items}</ul>"
        f"<p>Choose who agrees, in the world <code>{escape(call.world.id)}</code>:</p>"
        f'<ul class="people">{links}</ul>{rest}'
        f'<p><a href="{escape(denied)}">Refuse</a></p>'
        f"<p><small>MockCliq, a local mock: nobody's real account is asked for.</small></p>",
    )


def refused(call: FormCall, error: Refusal) -> Answer:
    """The answer without a redirect: a page for a browser, JSON for a program."""
    style = call.api.style
    answer: Answer = style.refuse(error, call.redacted)._replace(status=_BAD_REQUEST)
    if b"text/html" not in (call.header(b"accept") or b""):
        return answer
    reason = "" if answer.reason is None else answer.reason.line
    body = f"<p><code>{escape(style.row(error).code)}</code></p><p>{escape(reason)}</p>"
    return _page(_BAD_REQUEST, "This cannot be asked", body)._replace(reason=answer.reason)


def _choice(call: FormCall, user: str) -> str:
    """The URL that repeats the request for one user; relative, so it works below any mount."""
    prompt = [*call.given.get("prompt", "").replace(",", " ").split(), "none"]
    repeated = {name: call.given[name] for name in _PARAMETERS if name in call.given}
    return "?" + urlencode({**repeated, "prompt": " ".join(prompt), "user": user})


def _page(status: int, title: str, body: str) -> Answer:
    document = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return Answer(status, document.encode(), _HEADERS)
