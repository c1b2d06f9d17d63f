"""The environment of a program that `mockcliq run` runs."""

from __future__ import annotations

import json
import shlex
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from mockcliq.launch.variables import VARIABLES
from tests.conftest import Serve
from tests.run.conftest import Runner

SHOW = """
import json, os, pathlib
files = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
contents = {name: pathlib.Path(os.environ[name]).read_text() for name in files}
print(json.dumps({"all": dict(os.environ), "files": contents}))
"""


def shown(runner: Runner, *flags: str, **more: Any) -> dict[str, Any]:
    """The variables of a program, and what the files hold that some of them name."""
    ended = runner.python(SHOW, "--quiet", *flags, **more).ended()
    assert (ended.code, ended.err) == (0, ""), ended
    document: dict[str, Any] = json.loads(ended.out)
    return document


def test_every_variable_of_the_table_is_set(runner: Runner) -> None:
    env = shown(runner)["all"]
    assert [name for each in VARIABLES for name in each.names if not env.get(name)] == []
    assert env["HTTPS_PROXY"] == env["http_proxy"] == f"http://127.0.0.1:{proxy_port(runner)}"
    assert env["NO_PROXY"] == env["no_proxy"] == "localhost,127.0.0.1,::1"
    assert (env["MOCKCLIQ_URL"], env["MOCKCLIQ_TOKEN"]) == (runner.server.url, "1000.mockcliq.owner")
    assert env["PHP_INI_SCAN_DIR"].startswith(":/")


def proxy_port(runner: Runner) -> int:
    port: int = runner.server.control("GET", "/server")["proxy_port"]
    return port


def test_a_world_is_the_proxy_s_user_and_its_owner_has_the_token(runner: Runner) -> None:
    made = runner.server.control("POST", "/worlds", json={"id": "alpha", "world": "empty"})
    env = shown(runner, "--world", "alpha")["all"]
    assert env["HTTPS_PROXY"] == f"http://alpha:-@127.0.0.1:{proxy_port(runner)}"
    assert env["MOCKCLIQ_TOKEN"] == made["token"]


def test_what_the_user_has_set_stays(runner: Runner) -> None:
    env = {
        "NODE_OPTIONS": "--no-warnings",
        "JAVA_TOOL_OPTIONS": "-Xmx64m",
        "PHP_INI_SCAN_DIR": "/etc/mine",
        "MOCKCLIQ_TOKEN": "1000.mockcliq.member",
        "OTHER": "thing",
    }
    found = shown(runner, env=env)["all"]
    assert found["NODE_OPTIONS"].startswith("--no-warnings --require ")
    assert found["JAVA_TOOL_OPTIONS"].startswith("-Xmx64m -Dhttp.proxyHost=127.0.0.1 ")
    assert found["PHP_INI_SCAN_DIR"].startswith("/etc/mine:/")
    assert (found["MOCKCLIQ_TOKEN"], found["OTHER"]) == ("1000.mockcliq.member", "thing")


def test_a_flag_overrides_the_url_of_the_environment(serve: Serve, runner: Runner, tls_directory: Path) -> None:
    other = serve(world="empty", proxy=True, proxy_port=0, tls_directory=tls_directory)
    assert shown(runner, "--url", other.url + "/")["all"]["MOCKCLIQ_URL"] == other.url


@pytest.mark.parametrize("is_folder", [False, True])
def test_the_program_trusts_whom_it_trusted_before(runner: Runner, tmp_path: Path, is_folder: bool) -> None:
    ca = Path(runner.env["MOCKCLIQ_TLS_DIRECTORY"], "ca.pem").read_text()
    usual = Path(ssl.get_default_verify_paths().cafile).read_text().count("BEGIN CERTIFICATE")
    pem = trustme.CA().cert_pem.bytes().decode()
    folder = tmp_path / "trusted"
    folder.mkdir()
    (folder / "one.pem").write_text(pem)
    (folder / "link.0").symlink_to("one.pem")
    chosen = folder if is_folder else folder / "one.pem"
    files = shown(runner, env={"REQUESTS_CA_BUNDLE": str(chosen), "CURL_CA_BUNDLE": "/none"})["files"]
    assert all(content.startswith(ca) for content in files.values())
    assert pem.strip() in files["REQUESTS_CA_BUNDLE"]
    assert files["REQUESTS_CA_BUNDLE"].count("BEGIN CERTIFICATE") == 2
    assert files["CURL_CA_BUNDLE"] == files["SSL_CERT_FILE"]
    assert files["SSL_CERT_FILE"].count("BEGIN CERTIFICATE") == 1 + usual


def test_folders_whose_names_have_spaces_do(runner: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    options = shlex.split(shown(runner, env={"TMPDIR": str(folder)})["all"]["JAVA_TOOL_OPTIONS"])
    (store,) = [each for each in options if each.startswith("-Djavax.net.ssl.trustStore=")]
    assert store.startswith(f"-Djavax.net.ssl.trustStore={folder}/mockcliq-run-")
