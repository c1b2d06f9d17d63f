"""The reference pages in a real browser that reaches no network."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import browsed, needs_chromium
from tests.conftest import Running, Serve
from tests.proxy import proxied
from tests.reference import DOCUMENTED

pytestmark = pytest.mark.slow

each_page = pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("/docs", [operation.title for operation in DOCUMENTED]),
        ("/_mockcliq/docs", ["/clock/advance", "/limits/exhaust", "/reset"]),
    ],
)


@needs_chromium
@each_page
def test_a_page_shows_every_operation_without_a_network(
    documentation: Running, tmp_path: Path, page: str, shown: list[str]
) -> None:
    dom, _ = browsed(documentation.url + page, tmp_path)
    text = dom.replace("\u200b", "")
    assert [each for each in shown if each not in text] == []


@needs_chromium
@each_page
def test_a_page_shows_every_operation_below_the_path_of_a_proxy(
    serve: Serve, tmp_path: Path, page: str, shown: list[str]
) -> None:
    server = serve(world="documentation", trusted_proxies="127.0.0.1")
    with proxied(server.port, "/team/cliq") as url:
        dom, _ = browsed(url + page, tmp_path)
    text = dom.replace("\u200b", "")
    assert [each for each in (*shown, url) if each not in text] == []
