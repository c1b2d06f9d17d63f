"""Where a secret may stand in a request: names x notations x wrappings, made by composition."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, quote_plus


class Sent(NamedTuple):
    """The parts of a request that a placement fills."""

    path: str = "/api/v2/chats"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = "application/json"


Notation = Callable[[str, str], str]
"""A text in which a value stands under a name."""

Wrapping = Callable[[str], Sent]
"""A request that has a text in one place."""

NAMES = [
    "client_secret", "refresh_token", "password", "zapikey", "appkey", "authtoken", "api_key", "access_token",
    "Authorization", "X-Api-Key", "cookie", "private_key", "clientSecret", "REFRESH_TOKEN", "access-token",
    "user.password", "data[client_secret]", "passphrase", "Proxy-Authorization", "$apiKey",
]  # fmt: skip
"""Names that tell a secret wherever they stand."""

SHORT_NAMES = ["code", "key", "pass", "pwd", "sid", "session", "sig", "otp"]
"""Names that tell one only where they are a key of a document or a parameter of an address."""


def text_of(*lines: str) -> Notation:
    """A notation in which NAME and VALUE stand for themselves."""
    template = "\n".join(lines)
    return lambda name, value: template.replace("NAME", name).replace("VALUE", value)


def flat(name: str) -> str:
    """As a language's identifier."""
    return "".join(each if each.isalnum() else "_" for each in name).strip("_")


def identifier(*lines: str) -> Notation:
    write = text_of(*lines)
    return lambda name, value: write(flat(name), value)


def document(make: Callable[[str, str], object], depth: int = 0) -> Notation:
    """JSON, which is the text of so many other documents."""

    def write(name: str, value: str) -> str:
        text = json.dumps(make(name, value))
        for _ in range(depth):
            text = json.dumps({"type": "event", "payload": text, "last": True})
        return text

    return write


def every_character_escaped(name: str, value: str) -> str:
    key, given = ("".join(f"\\u{ord(each):04X}" for each in text) for text in (name, value))
    return f'{{"{key}": "{given}"}}'


KEYED: dict[str, Notation] = {
    "json": document(lambda name, value: {"id": "1", name: value, "z": 1}),
    "json, spread": text_of("{", '  "NAME"', '    :  "VALUE"', "}"),
    "json in a list in an object": document(lambda name, value: [{"a": {"b": [1, {name: value}]}}]),
    "a list": document(lambda name, value: {name: ["x", value]}),
    "an object": document(lambda name, value: {name: {"value": [value], "type": "x"}}),
    "json in json": document(lambda name, value: {"b": 1, name: value, "c": [1]}, depth=1),
    "json in json in json": document(lambda name, value: {name: value, "c": "x"}, depth=2),
    "json three times within": document(lambda name, value: {name: value, "c": "x"}, depth=3),
    "json four times within": document(lambda name, value: {name: value, "c": "x"}, depth=4),
    "an object in json in json": document(lambda name, value: {name: {"is": [value]}, "c": "x"}, depth=2),
    "escaped json": every_character_escaped,
    "escaped json in json": lambda name, value: json.dumps({"x": every_character_escaped(name, value)}),
    "json cut off": text_of('{"a": 1, "NAME": "VALUE'),
    "json of python": text_of("{'a': 1, 'NAME': 'VALUE', 'b': None}"),
    "jsonp": text_of('cb({"NAME":"VALUE"});'),
    "lines of json": text_of('{"a":1}', '{"NAME":"VALUE"}', '{"b":2}'),
    "json in a log": text_of('2026-01-01 INFO sent {"NAME": "VALUE"} in 7 ms'),
    "a hash of ruby": text_of('{ "NAME" => "VALUE" }'),
    "an array of php": text_of("['NAME' => 'VALUE', 'x' => 1]"),
    "json with a slash": text_of('{"url":"https:\\/\\/a.test\\/","NAME":"VALUE"}'),
    "variables of graphql": document(lambda name, value: {"query": "query { a }", "variables": {name: value}}),
    "entities": text_of("{&quot;NAME&quot;:&quot;VALUE&quot;}"),
    "numbered entities": text_of("{&#34;NAME&#34;:&#34;VALUE&#34;}"),
}
"""Where the name is a key."""

SAID: dict[str, Notation] = {
    "a name and a value": document(lambda name, value: [{"name": name, "value": value}]),
    "a key and a value": document(lambda name, value: {"params": [{"key": name, "value": value, "x": 1}]}),
    "a value and a name": document(lambda name, value: [{"value": value, "name": name}, {"name": "a", "value": "b"}]),
    "a name, more and a value": document(lambda name, value: {"name": name, "enabled": True, "value": value}),
    "a name and a value in json": document(lambda name, value: [{"name": name, "value": value}], depth=1),
    "a pair": document(lambda name, value: {"headers": [["Accept", "*/*"], [name, value]]}),
    "a call": text_of('request.setHeader("NAME", "VALUE");'),
    "a tuple of python": text_of("headers = [('NAME', 'VALUE')]"),
    "an element with both": text_of('<param name="NAME" value="VALUE"/>'),
    "an element with a name": text_of('<entry key="NAME">VALUE</entry>'),
    "a part": text_of("--x", 'Content-Disposition: form-data; name="NAME"', "", "VALUE", "--x--"),
    "a folded part": text_of(
        "--x", "Content-Disposition: form-data;", '\tname="NAME"', "Content-Type: text/plain", "", "VALUE", "--x--"
    ),
    "a part with a far name": text_of(
        "--x", f'Content-Disposition: form-data; {"y" * 5000}="z"; name="NAME"', "", "VALUE", "--x--"
    ),
    "a part without quotes": text_of("--x", "content-disposition: form-data; name=NAME", "", "VALUE", "--x--"),
    "a part named in full": text_of(
        "--x", "Content-Disposition: form-data; name*=UTF-8''NAME", "", "VALUE", "--x--"
    ),
    "a part of a part": text_of(
        "--x", "Content-Type: multipart/mixed; boundary=y", "", "--y",
        'Content-Disposition: form-data; name="NAME"; filename="a"', "", "VALUE", "--y--", "--x--"
    ),
    "a part that is its last": text_of("--x", 'Content-Disposition: form-data; name="NAME"', "", "VALUE"),
}  # fmt: skip
"""Where another word says that it is a name."""

WRITTEN: dict[str, Notation] = {
    "ini": text_of("[auth]", "NAME = VALUE", "x = 1"),
    "toml": text_of("[auth]", 'NAME = "VALUE"', "x = 1"),
    "env": identifier("A=1", "export NAME=VALUE", "B=2"),
    "yaml": text_of("auth:", "  NAME: VALUE", "  x: 1"),
    "a list of yaml": text_of("NAME:", "  - VALUE"),
    "a block of yaml": text_of("NAME: |", "  VALUE", "x: 1"),
    "a header": text_of("POST / HTTP/1.1", "Host: a.test", "NAME: VALUE", "", "hello"),
    "a folded header": text_of("POST / HTTP/1.1", "NAME:", "  VALUE", "", "hello"),
    "a header's second line": text_of("POST / HTTP/1.1", "NAME: Digest x=y,", '\tresponse="VALUE"', "", "hello"),
    "a batch": text_of("--b", "Content-Type: application/http", "", "GET /a HTTP/1.1", "NAME: VALUE", "", "--b--"),
    "curl": text_of("curl -s -H 'NAME: VALUE' https://a.test/x"),
    "curl, in double quotes": text_of('curl -X POST -H "NAME: VALUE" -d a=b https://a.test'),
    "curl's data": text_of("curl https://a.test -d 'a=b&NAME=VALUE'"),
    "an option": lambda name, value: f"tool --{flat(name).replace('_', '-')} {value} --verbose",
    "an option with an equals sign": lambda name, value: f"tool --{flat(name).replace('_', '-')}={value} -v",
    "options in a list": lambda name, value: json.dumps(["tool", "--" + flat(name), value, "-v"]),
    "a keyword of python": identifier("client = Client(x=1, NAME='VALUE')"),
    "a variable": identifier('const NAME = "VALUE";'),
    "a template of javascript": identifier("const NAME = `VALUE`;"),
    "an address": text_of("see https://a.test/x?a=b&NAME=VALUE#top"),
    "an address in json": lambda name, value: json.dumps({"url": f"https://a.test/x?NAME={name}&{name}={value}"}),
    "a matrix parameter": text_of("https://a.test/x;NAME=VALUE/y"),
    "an attribute": identifier('<login NAME="VALUE" x="y"/>'),
    "an element": identifier("<a><NAME>VALUE</NAME><b/></a>"),
    "an element with an attribute": identifier('<a><NAME type="x">', "VALUE", "</NAME></a>"),
    "an element of a namespace": identifier("<s:a><s:NAME>VALUE</s:NAME></s:a>"),
    "an element of character data": identifier("<NAME><![CDATA[VALUE]]></NAME>"),
    "an element within": identifier("<NAME><value>VALUE</value></NAME>"),
    "a list of names": identifier("id,NAME,x", "1,VALUE,2", "3,VALUE,4"),
    "a list with tabs": identifier("id\tNAME\tx", "1\tVALUE\t2"),
    "an argument of graphql": identifier('mutation { login(NAME: "VALUE") { id } }'),
    "a sentence": text_of("my NAME: VALUE, keep it"),
    "a properties file": text_of("# x", "NAME:VALUE", "a:b"),
    "lines in json": lambda name, value: json.dumps({"text": f"hello\n{name}: {value}\nbye"}),
    "ini in json": lambda name, value: json.dumps({"text": f"[a]\n{name} = {value}\nx = 1"}),
    "utf-16": lambda name, value: f"{name}={value}".encode("utf-16-le").decode("latin-1"),
}
"""Where there is no key, and the name must be telling."""


def as_parameter(name: str, value: str) -> str:
    return f"{quote(name, safe='[]')}={quote_plus(value)}"


PARAMETERS: dict[str, Notation] = {
    "a parameter": lambda name, value: f"a=b&{as_parameter(name, value)}&x=y",
    "the first parameter": as_parameter,
    "a parameter behind a semicolon": lambda name, value: f"a=b;{as_parameter(name, value)};x=y",
    "a parameter of an array": lambda name, value: f"a=b&p[{name}]={quote_plus(value)}",
    "a parameter of a path": lambda name, value: f"a=b&p.{name}={quote_plus(value)}",
    "an escaped name": lambda name, value: f"a=b&{''.join(f'%{ord(each):02x}' for each in name)}={value}",
    "a name escaped twice": lambda name, value: f"{''.join(f'%25{ord(each):02x}' for each in name)}={value}",
    "an escaped value": lambda name, value: f"{name}={''.join(f'%{ord(each):02X}' for each in value)}&x=y",
    "a name that is a parameter": lambda name, value: f"a=b&{quote(f'{name}={value}', safe='')}",
    "a name that is one, twice escaped": lambda name, value: quote(quote(f"{name}={value}", safe=""), safe=""),
    "a value that is a parameter": lambda name, value: f"next={quote(f'{name}={value}', safe='')}&x=y",
    "an address": lambda name, value: f"to={quote(f'https://a.test/?{name}={value}', safe='')}",
    "an address, twice escaped": lambda name, value: f"to={quote(quote(f'/?{name}={value}', safe=''), safe='')}",
    "an address, three times": lambda name, value: f"to={quote(quote(quote(f'/?{name}={value}', safe=''), safe=''))}",
    "json": lambda name, value: f"a=1&payload={quote_plus(json.dumps({'x': 1, name: value}))}&b=2",
    "json in json": lambda name, value: f"p={quote_plus(json.dumps({'x': json.dumps({name: value, 'y': 1})}))}",
    "json, twice escaped": lambda name, value: f"p={quote(quote(json.dumps({name: value, 'y': 1})))}",
}
"""Where a form's or a query's field is."""

WRAPPINGS: dict[str, Wrapping] = {
    "a body": lambda text: Sent(body=text.encode("latin-1"), content_type="application/json"),
    "a text": lambda text: Sent(body=text.encode("latin-1"), content_type="text/plain"),
    "what says it is multipart": lambda text: Sent(
        body=text.encode("latin-1"), content_type="multipart/form-data; boundary=other"
    ),
    "a part": lambda text: Sent(
        body=f'--q\r\nContent-Disposition: form-data; name="a"\r\n\r\n{text}\r\n--q--\r\n'.encode("latin-1"),
        content_type="multipart/form-data; boundary=q",
    ),
    "a preamble": lambda text: Sent(
        body=f'{text}\r\n--q\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--q--\r\n'.encode("latin-1"),
        content_type="multipart/form-data; boundary=q",
    ),
    "a chat": lambda text: Sent(body=json.dumps({"text": f"look: {text}"}).encode()),
    "a field": lambda text: Sent(
        body=f"a=b&t={quote_plus(text)}".encode(), content_type="application/x-www-form-urlencoded"
    ),
    "a query": lambda text: Sent(query=f"a=b&t={quote_plus(text)}"),
    "a query with blanks": lambda text: Sent(query=f"t={quote(text)}"),
    "long before": lambda text: Sent(body=b"x" * 9000 + b"\n" + text.encode("latin-1"), content_type="text/plain"),
}  # fmt: skip

FORMS: dict[str, Wrapping] = {
    "a query": lambda text: Sent(query=text),
    "a form": lambda text: Sent(body=text.encode(), content_type="application/x-www-form-urlencoded"),
    "a form that says it is json": lambda text: Sent(body=text.encode()),
    "an address in a header": lambda text: Sent(headers=(("Referer", f"https://a.test/x?{text}"),)),
    "an address in a text": lambda text: Sent(body=json.dumps({"text": f"see https://a.test/x?{text} ."}).encode()),
}


def basic(secret: str) -> str:
    return base64.b64encode(f"ada:{secret}".encode()).decode()


WITHOUT_A_NAME: dict[str, Callable[[str], Sent]] = {
    "bearer": lambda secret: Sent(body=f'{{"text": "use Bearer {secret} there"}}'.encode()),
    "zoho": lambda secret: Sent(body=f"Zoho-oauthtoken {secret}".encode(), content_type="text/plain"),
    "bearer in a form": lambda secret: Sent(body=f"a=Bearer+{secret}".encode()),
    "basic": lambda secret: Sent(body=f"Basic {basic(secret)}".encode()),
    "a user's password": lambda secret: Sent(body=f"curl -u ada:{secret} https://a.test".encode()),
    "a user's password in quotes": lambda secret: Sent(body=f"curl --user 'ada:{secret}' https://a.test".encode()),
    "a user's password in a list": lambda secret: Sent(body=json.dumps(["curl", "-u", f"ada:{secret}"]).encode()),
    "a user's password after an equals sign": lambda secret: Sent(body=f"curl --user=ada:{secret} x".encode()),
    "an address": lambda secret: Sent(body=f'{{"text": "https://ada:{secret}@a.test/x"}}'.encode()),
    "an address without a name": lambda secret: Sent(body=f'{{"text": "redis://:{secret}@a.test/x"}}'.encode()),
    "an address in a slashed json": lambda secret: Sent(body=f'{{"t": "https:\\/\\/ada:{secret}@a.test"}}'.encode()),
    "an address in a query": lambda secret: Sent(query=f"a={quote(f'https://ada:{secret}@a.test/x', safe='')}"),
    "a path": lambda secret: Sent(path=f"/token/{secret}"),
    "a path of many": lambda secret: Sent(path=f"/x/api_key/{secret}/y"),
    "a token of json": lambda secret: Sent(
        body=b"see " + base64.b64encode(json.dumps({"client_secret": secret}).encode())
    ),
    "a token of json, for addresses": lambda secret: Sent(
        query="state=" + base64.urlsafe_b64encode(json.dumps({"a": 1, "password": secret}).encode()).decode()
    ),
    "digest": lambda secret: Sent(headers=(("Authorization", f'Digest username="a", response="{secret}"'),)),
    "a cookie": lambda secret: Sent(headers=(("Cookie", f"a=b; theme=dark; c={secret}"),)),
    "a cookie's value escaped": lambda secret: Sent(headers=(("Cookie", f"a={quote(secret)}%20x"),)),
    "any scheme": lambda secret: Sent(headers=(("Authorization", f"Whatever {secret}"),)),
    "a proxy": lambda secret: Sent(headers=(("Proxy-Authorization", f"Basic {basic(secret)}"),)),
    "aws": lambda secret: Sent(headers=(("Authorization", f"AWS4-HMAC-SHA256 Credential=a/b, Signature={secret}"),)),
    "a key": lambda secret: Sent(
        body=f"-----BEGIN RSA PRIVATE KEY-----\n{secret}\n{secret}\n-----END RSA PRIVATE KEY-----".encode()
    ),
    "a key in json": lambda secret: Sent(
        body=json.dumps({"x": f"-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"}).encode()
    ),
    **{
        f"header {name}": lambda secret, name=name: Sent(headers=((name, secret),))  # type: ignore[misc]  # a default
        for name in (
            "X-Api-Key", "x-auth-token", "X-ZCSRF-TOKEN", "X-Amz-Security-Token", "Api_Key", "X-Client-Secret",
            "Set-Cookie", "Cookie2", "Authentication", "X-Authorization", "Zapikey", "X-Password", "X-Session-Id",
        )
    },
}  # fmt: skip
"""Where a word of no shape stands without a name like those above."""

BY_SHAPE: dict[str, Callable[[str], Sent]] = {
    "a text": lambda secret: Sent(body=json.dumps({"text": f"it is {secret}."}).encode()),
    "a word": lambda secret: Sent(body=f"CT_{secret}".encode()),
    "a path": lambda secret: Sent(path=f"/x/{secret}/y"),
    "a path escaped twice": lambda secret: Sent(path="/" + "".join(f"%25{ord(each):02x}" for each in secret)),
    "folded": lambda secret: Sent(body=f"it is {secret[:30]}\r\n {secret[30:]}".encode()),
    "soft line break": lambda secret: Sent(body=f"it is {secret[:50]}=\r\n{secret[50:]}".encode()),
    "a line within": lambda secret: Sent(body=json.dumps({"text": f"{secret[:25]}\n{secret[25:]}"}).encode()),
    "base64": lambda secret: Sent(body=b"x " + base64.b64encode(secret.encode()) + b" y"),
    "utf-16": lambda secret: Sent(body=f"it is {secret}".encode("utf-16")),
    "utf-32": lambda secret: Sent(body=f"it is {secret}".encode("utf-32-be")),
    "an escaped dot": lambda secret: Sent(query=f"x={secret.replace('.', '%2E')}"),
    "a key of json": lambda secret: Sent(body=json.dumps({secret: 1}).encode()),
    "a header's name": lambda secret: Sent(headers=((secret, "x"),)),
}
"""Where only a token of Zoho's shape is known."""
