"""Bodies that a client compresses: what is decoded, what is not, and what may be seen of them."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.body import read_body
from mockcliq.gateway.call import Received
from mockcliq.gateway.content_encoding import TooLarge, Undecodable, decode
from tests.accounts.login import CLIENT, REFRESH_TOKEN
from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Running
from tests.office import LAUNCH, pin_body
from tests.profiles import examples

pytest_plugins = ("tests.office_server",)

PIN = json.dumps(pin_body()).encode()
MIB = 1024 * 1024


def raw_deflate(body: bytes) -> bytes:
    """Without zlib's head, as some clients understand `deflate`."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "GZIP": ("GZip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "identity": ("identity", bytes),
}

each_coding = pytest.mark.parametrize(("name", "encode"), CODINGS.values(), ids=CODINGS)


def pin(server: Running, body: bytes, coding: str, **headers: str) -> httpx.Response:
    """Pin a message with a body as it goes over the wire."""
    return server.as_("owner").post(
        f"/chats/{LAUNCH}/stickymessage", content=body, headers={"Content-Encoding": coding, **headers}
    )


def entry(server: Running) -> dict[str, Any]:
    """What the journal has of the latest call, explained."""
    latest = server.control("GET", "/requests")["requests"][-1]
    explained: dict[str, Any] = server.control("GET", f"/requests/{latest['id']}")
    return explained


@each_coding
def test_a_compressed_body_is_read_as_what_it_was(office: Running, name: str, encode: Callable[[bytes], bytes]) -> None:
    assert_agreed(pin(office, encode(PIN), name))
    explained = entry(office)
    assert json.loads(explained["body"]) == pin_body()
    # The call to paste has the body as it can be read, and so without the header.
    call = explained["explanation"]["call"]
    assert json.loads(call["body"]) == pin_body()
    assert "content-encoding" not in dict(call["headers"])


@each_coding
def test_a_compressed_form_gets_a_token(office: Running, name: str, encode: Callable[[bytes], bytes]) -> None:
    form = str(httpx.QueryParams({**CLIENT, "grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}))
    headers = {"Content-Encoding": name, "Content-Type": "application/x-www-form-urlencoded"}
    answer = office.http.post("/oauth/v2/token", content=encode(form.encode()), headers=headers)
    assert answer.json()["access_token"]


@each_coding
def test_the_control_api_reads_it_too(office: Running, name: str, encode: Callable[[bytes], bytes]) -> None:
    headers = {"Content-Encoding": name}
    state = office.http.get("/_mockcliq/state").content
    assert office.http.put("/_mockcliq/state", content=encode(state), headers=headers).is_success
    frozen = office.http.put("/_mockcliq/clock", content=encode(b'{"mode": "frozen", "now": 0}'), headers=headers)
    assert frozen.json()["mode"] == "frozen"


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "aes128gcm", "gzip;q=1"])
def test_another_coding_is_named(office: Running, coding: str) -> None:
    answer = pin(office, gzip.compress(PIN), coding)
    assert_refused(answer, 400)
    named = coding.encode("unicode_escape").decode()
    assert reason_of(answer) == f"content_encoding; have=Content-Encoding: {named}; need=gzip, deflate, or none"
    assert "gzip or deflate" in entry(office)["explanation"]["advice"]
    answer = office.http.put("/_mockcliq/clock", content=PIN, headers={"Content-Encoding": coding})
    assert (answer.status_code, f"Content-Encoding: {named}" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "body", [PIN, gzip.compress(PIN)[:-9], gzip.compress(PIN) + b"x", b"\x1f\x8b", b"\0" * 100], ids=range(5)
)
def test_what_is_not_encoded_as_it_says_is_said_to_be(office: Running, coding: str, body: bytes) -> None:
    answer = pin(office, body, coding)
    assert_refused(answer, 400)
    assert f"have=Content-Encoding: {coding}, and a body that is not;" in reason_of(answer)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_no_more_is_decoded_than_is_read_of_any_body(office: Running, coding: str) -> None:
    encode = CODINGS[coding][1]
    spaces = b" " * (MIB - len(PIN))
    assert_agreed(pin(office, encode(PIN + spaces), coding))
    for bomb in (encode(PIN + spaces + b" "), encode(bytes(20 * MIB))):
        answer = pin(office, bomb, coding)
        assert_refused(answer, 400)
        assert reason_of(answer) == "body_too_large; have=more than 1048576 bytes; need=at most 1048576"


def test_the_control_api_decodes_at_most_what_it_reads(office: Running) -> None:
    bomb = gzip.compress(bytes(17 * MIB), compresslevel=1)
    answer = office.http.put("/_mockcliq/state", content=bomb, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, "MOCKCLIQ_STATE_BYTES" in answer.json()["detail"]) == (413, True)


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_who_wants_no_body_does_not_mind_its_coding(office: Running, coding: str) -> None:
    mute = office.as_("owner").post(f"/chats/{LAUNCH}/mute", content=b"{}", headers={"Content-Encoding": coding})
    assert_agreed(mute, 204)
    assert_agreed(office.as_("owner").get("/chats", headers={"Content-Encoding": coding}))


def test_a_token_is_judged_before_a_coding(office: Running) -> None:
    answer = office.as_("nobody").post(
        f"/chats/{LAUNCH}/stickymessage", content=b"{}", headers={"Content-Encoding": "br"}
    )
    assert_refused(answer, 401)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_secret_is_hidden_in_a_compressed_body_as_in_any(office: Running, coding: str) -> None:
    secret = f"1000.{'5e' * 16}.{'c7' * 16}"
    body = CODINGS.get(coding, CODINGS["gzip"])[1](json.dumps({**pin_body(), "refresh_token": secret}).encode())
    pin(office, body, coding)
    explained = entry(office)
    assert secret not in json.dumps(explained)
    assert explained["explanation"]["call"]["body_base64"] is None


@given(body=st.binary(min_size=1, max_size=2000), coding=st.sampled_from(list(CODINGS)))
@examples(100)
def test_any_body_is_decoded_to_the_last_byte_of_the_limit_and_no_further(body: bytes, coding: str) -> None:
    name, encode = CODINGS[coding]
    assert decode(encode(body), name.encode(), len(body)) == body
    if coding != "identity":
        with pytest.raises(TooLarge):
            decode(encode(body), name.encode(), len(body) - 1)


@given(body=st.binary(min_size=1, max_size=2000), coding=st.sampled_from([b"gzip", b"deflate"]))
@examples(100)
def test_any_bytes_are_decoded_or_said_not_to_be(body: bytes, coding: bytes) -> None:
    with suppress(Undecodable, TooLarge):
        assert len(decode(body, coding, 100)) <= 100


def test_a_body_that_comes_whole_is_read_though_it_is_too_large() -> None:
    """Some servers give all of a body at once; who drains the rest would wait for what never comes."""

    class Sent:
        is_read = False

        def header(self, name: bytes) -> bytes | None:
            return b"chunked" if name == b"transfer-encoding" else None

        async def receive(self) -> dict[str, object]:
            return {"type": "http.request", "body": bytes(MIB + 1), "more_body": False}

    sent = Sent()
    with pytest.raises(Refusal):
        asyncio.run(read_body(cast("Received", sent)))
    assert sent.is_read
