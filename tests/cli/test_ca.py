"""`mockcliq ca`, and the commands' trust in that CA."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate

import mockcliq
from tests.processes import ROOT, SERVE, Start

WITHOUT_THE_EXTRA = """
import sys

sys.modules.update(dict.fromkeys(("cryptography", "filelock", "platformdirs", "trustme")))
"""
"""A `sitecustomize.py` of an environment that has not the extra."""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """Variables of an environment without the extra."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_THE_EXTRA)
    return {"PYTHONPATH": f"{tmp_path}:{ROOT}"}


def test_it_prints_the_path_alone_of_a_ca_that_it_makes_once(start: Start, tmp_path: Path) -> None:
    env = {"MOCKCLIQ_TLS_DIRECTORY": str(tmp_path / "tls")}
    ended = start("ca", env=env).ended()
    assert (ended.code, ended.out, ended.err) == (0, f"{tmp_path}/tls/ca.pem\n", "")
    pem = (tmp_path / "tls" / "ca.pem").read_bytes()
    assert "MockCliq" in load_pem_x509_certificate(pem).subject.rfc4514_string()
    assert start("ca", env=env).ended().out == f"{tmp_path}/tls/ca.pem\n"
    assert (tmp_path / "tls" / "ca.pem").read_bytes() == pem


def test_its_folder_is_a_flag_too_and_the_path_is_whole(start: Start, tmp_path: Path) -> None:
    env = {"MOCKCLIQ_TLS_DIRECTORY": str(tmp_path / "other")}
    ended = start("ca", "--tls-directory", "mine", env=env, cwd=tmp_path).ended()
    assert (ended.code, ended.out) == (0, f"{tmp_path}/mine/ca.pem\n")
    assert not (tmp_path / "other").exists()


def test_without_a_folder_it_is_in_the_user_s_data(start: Start, tmp_path: Path) -> None:
    ended = start("ca", env={"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}).ended()
    assert ended.out == f"{tmp_path}/data/mockcliq/tls/ca.pem\n"


@pytest.mark.parametrize("folder", ["", "file"])
def test_what_is_no_folder_is_told_in_a_line(start: Start, tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    ended = start("ca", "--tls-directory", folder, cwd=tmp_path).ended()
    assert ended.code == 2
    assert ended.line.startswith("mockcliq: --tls-directory" if not folder else "mockcliq: the CA's directory file ")


def test_without_the_extra_it_says_what_to_install(start: Start, bare: dict[str, str]) -> None:
    ended = start("ca", env=bare, cold=True).ended()
    assert (ended.code, ended.line) == (
        2,
        "mockcliq: TLS needs packages that are not installed: pip install 'mockcliq[tls]'",
    )


@pytest.fixture
def https(start: Start, tmp_path: Path) -> str:
    """The URL for https of a server whose CA is in the folder `tls`."""
    env = {"MOCKCLIQ_TLS_DIRECTORY": str(tmp_path / "tls")}
    return str(start(*SERVE, "--tls", "on", "--tls-port", "0", "--world", "empty", env=env).banner()["tls_url"])


def test_the_commands_trust_it(start: Start, https: str, tmp_path: Path) -> None:
    env = {"MOCKCLIQ_URL": https, "MOCKCLIQ_TLS_DIRECTORY": str(tmp_path / "tls")}
    assert start("wait", env=env).ended().code == 0
    assert start("users", env=env).ended().code == 0


def test_the_commands_trust_no_other(start: Start, https: str, tmp_path: Path) -> None:
    for directory in ("none", "other"):
        env = {"MOCKCLIQ_URL": https, "MOCKCLIQ_TLS_DIRECTORY": str(tmp_path / directory)}
        ended = start("users", env=env).ended()
        assert ended.code == 1
        assert "certificate verify failed" in ended.line
        assert start("ca", env=env).ended().code == 0


def test_the_client_needs_no_extra_for_a_server_that_speaks_http(start: Start, bare: dict[str, str]) -> None:
    url = start(*SERVE, "--world", "empty").banner()["url"]
    assert start("users", env={**bare, "MOCKCLIQ_URL": url}, cold=True).ended().code == 0


def test_a_client_gives_the_ca_of_its_server(https: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKCLIQ_TLS_DIRECTORY", str(tmp_path / "tls"))
    assert mockcliq.connect(https).ca() == (tmp_path / "tls" / "ca.pem").read_text()
